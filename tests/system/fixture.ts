/** What tests of descriptions share: programs without files, and errors as plain facts. */
import { ConfigError } from "../../dist/errors.js";
import { loadSystem, type LoadOptions } from "../../dist/system/index.js";
import type { SystemPlan } from "../../dist/kernel/plan.js";
import { buildElf, RW, RX, CODE, SIMPLE } from "../partitions/elf-builder.js";

export const PROGRAMS: Readonly<Record<string, Uint8Array>> = {
  "a.elf": buildElf(SIMPLE),
  "b.elf": buildElf({ ...SIMPLE, type: 3 }),
  "large.elf": buildElf({
    entry: 0x401000n,
    segments: [
      { flags: RX, at: 0x401000n, contents: CODE },
      { flags: RW, at: 0x500000n, memoryBytes: 3n << 20n },
    ],
  }),
  "text.elf": new TextEncoder().encode("hello"),
};

export const OPTIONS: LoadOptions = {
  readFile(path) {
    const bytes = PROGRAMS[path];
    if (bytes === undefined) throw new Error("no such file");
    return bytes;
  },
};

export function load(text: string, options: Partial<LoadOptions> = {}): SystemPlan {
  return loadSystem(text, "system.toml", { ...OPTIONS, ...options });
}

export interface Refusal {
  /** "line:column". */
  readonly at: string;
  readonly problem: string;
  readonly hint: string;
  /** The text from the place on, to the end of its line. */
  readonly pointsAt: string;
}

/** The refusal of a text; throws when it is accepted, or when anything but a ConfigError is thrown. */
export function refusalOf(text: string, options: Partial<LoadOptions> = {}): Refusal {
  try {
    load(text, options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { place, problem, hint } = error;
    if (place.file !== "system.toml") throw new Error(`the error blames ${place.file}`, { cause: error });
    const pointsAt = (text.split("\n")[place.line - 1] ?? "").slice(place.column - 1);
    return { at: `${place.line}:${place.column}`, problem, hint, pointsAt };
  }
  throw new Error("it was accepted");
}

/** Two partitions on two cores, and a channel. */
export const GOOD = `[machine]
frequency = "1 MHz"
seed = 7

[partition.api]
class = "backend"
program = "a.elf"
core = 1

[partition.sensor]
class = "realtime"
program = "b.elf"
core = 0
memory = "4 MiB"
stack = "16 KiB"
restart = { action = "restart", limit = 3 }
period = "10 ms"
priority = 9

[[channel]]
name = "orders"
from = "sensor"
to = "api"
slots = 16
slot_size = "100 B"
full = "refuse"
`;

/** GOOD with one text replaced, which must be there. */
export function change(from: string, to: string): string {
  if (!GOOD.includes(from)) throw new Error(`not in the text: ${from}`);
  return GOOD.replace(from, to);
}
