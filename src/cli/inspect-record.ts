/** `hallows inspect RECORD`: what a record holds. */
import { formatTime } from "../host/format.js";
import { IMAGE_DIGEST, readRecord } from "../host/record/record.js";
import { printable } from "../errors.js";
import { outsideChannels } from "../kernel/index.js";
import { formatSize, printPlan } from "../system/index.js";
import type { Output } from "./output.js";
import { printTable } from "./reports/table.js";

/** Returns the exit code. `isTextAlone`: nothing but the description. Throws ConfigError. */
export function inspectRecord(bytes: Uint8Array, path: string, isTextAlone: boolean, output: Output): number {
  const record = readRecord(bytes, path);
  const { header, plan, description, end, lastCycle } = record;
  if (isTextAlone) {
    output.result(description.text);
    return 0;
  }
  const timeOf = (cycle: number): string => `cycle ${cycle} (${formatTime(cycle, plan.machine.frequencyHz)})`;
  const lines = [
    `record of ${header.system}, begun ${header.date} by hallows ${printable(header.version)}, ${formatSize(bytes.length)}`,
    `inputs    ${record.inputs}, ${formatSize(record.inputBytes)}; the hashes were checked ${record.checks} times`,
    `until     ${timeOf(lastCycle)}${end === null ? "" : `: ${printable(end.reason)}`}`,
    `--tso     ${header.tsoSeed ?? "not given"}`,
    `hash      ${end?.hashes.system ?? "not known: it has no end"}`,
    ...record.losses.map((loss) => `warning   ${loss}`),
    "",
    ...printTable(
      ["digest of", "size", "in the record", "SHA-256"],
      header.digests.map(({ of, sizeBytes, isEmbedded, sha256 }) => [
        of === IMAGE_DIGEST ? of : `store ${printable(of)}`,
        formatSize(sizeBytes),
        isEmbedded ? "yes" : "no",
        sha256,
      ]),
      "lrll",
    ),
    "",
    ...printChannels(record),
    "",
    printPlan(plan),
  ];
  output.result(`${lines.join("\n")}\n`);
  return 0;
}

/** What came over which channel. */
function printChannels({ plan, events }: ReturnType<typeof readRecord>): string[] {
  const counts = new Map<number, { inputs: number; bytes: number }>();
  for (const event of events()) {
    if (event.kind !== "input") continue;
    const { channel, bytes } = event.input;
    const count = counts.get(channel) ?? { inputs: 0, bytes: 0 };
    counts.set(channel, { inputs: count.inputs + 1, bytes: count.bytes + bytes.length });
  }
  return printTable(
    ["channel", "inputs", "bytes"],
    outsideChannels(plan).map(({ id, name }) => {
      const { inputs, bytes } = counts.get(id) ?? { inputs: 0, bytes: 0 };
      return [name, String(inputs), String(bytes)];
    }),
    "lrr",
  );
}
