/** Tables [device.NAME]: which keys they may have depends on their kind (src/devices/table.ts). */
import {
  DECLARED_DEVICES,
  defaultValue,
  describeOption,
  DEVICES,
  isOptionValue,
  type DeviceOption,
  type DeviceRow,
  type OptionValue,
} from "../../devices/index.js";
import { printable } from "../../errors.js";
import type { DeviceDescription } from "./description.js";
import type { KeyPath } from "./locator.js";
import type { ValueReader } from "./value-reader.js";

/** Values by key, `kind` among them; undefined for one that is left out. */
export type DeviceTable = Readonly<Record<string, string | number | boolean | undefined>>;

export function readDevice(
  reader: ValueReader,
  name: string,
  { kind: word, ...table }: DeviceTable,
  frequencyHz: number,
): DeviceDescription {
  const path: KeyPath = ["device", name];
  const kind = reader.choose([...path, "kind"], "device kind", String(word), DECLARED_DEVICES, []);
  const { options }: DeviceRow = DEVICES[kind];
  const keys = Object.keys(options);
  for (const key of Object.keys(table)) {
    if (keys.includes(key)) continue;
    const hint = `Leave it out. Its keys are ${["kind", ...keys].join(", ")}.`;
    reader.fail([...path, key], `a device of kind "${kind}" has no ${key}`, hint, {
      part: "key",
      restsOn: [[...path, "kind"]],
    });
  }
  const values = Object.entries(options).map(([key, option]) => [
    key,
    readOption(reader, [...path, key], option, table[key], frequencyHz),
  ]);
  return { path, name, kind, options: Object.fromEntries(values) };
}

function readOption(
  reader: ValueReader,
  path: KeyPath,
  option: DeviceOption,
  written: string | number | boolean | undefined,
  frequencyHz: number,
): OptionValue {
  const otherwise = defaultValue(option, frequencyHz);
  if (written === undefined) return otherwise;
  if (option.type === "size" && typeof written === "string") {
    const { least, most, multiple } = option;
    const limits = { least, most, multiple };
    return reader.size(path, written, least, limits, `It must be ${describeOption(option)}, within its limits.`);
  }
  if (option.type === "time" && typeof written === "string") return reader.cycles(path, written, frequencyHz, 1);
  const isText = option.type === "word" || option.type === "path";
  if (isText === (typeof written === "string") && isOptionValue(option, written)) return written;
  const key = String(path[path.length - 1]);
  const shown = typeof written === "string" ? `"${printable(written)}"` : String(written);
  reader.fail(path, `${key} can't be ${shown}`, `It must be ${describeOption(option)}.`);
  return otherwise;
}
