/**
 * From one program to a plan: what `hallows run` boots.
 */
import { DEFAULT_OVERRUN } from "../kernel/threads/overruns.js";
import { ConfigError } from "../errors.js";
import type { PartitionClass, SystemPlan } from "../kernel/plan.js";
import { DEFAULT_TIMING } from "../machine/timing/profiles.js";
import { readElf } from "../partitions/elf.js";
import { LARGE_PAGE_SIZE_BYTES, PAGE_SIZE_BYTES } from "../units.js";
import { DEFAULTS, type Description } from "./description/description.js";
import { checkAbiVersion } from "./abi-version.js";
import { checkInstructions, type InstructionOptions } from "./instructions.js";
import { roundUp } from "./plan/blocks.js";
import { KERNEL_BYTES } from "./plan/layout.js";
import { nowhere } from "./description/locator.js";
import { nameProblem } from "./description/names.js";
import { createProblems, throwProblems, translateProblems } from "./description/problems.js";
import { resolvePlan } from "./plan/resolve.js";
import { judgePlan } from "./plan/verify.js";
import { formatSize } from "./description/units.js";

export interface ProgramOptions extends InstructionOptions {
  /** Default: 16 MiB. A multiple of 4096. */
  readonly memoryBytes?: number;
  /** Default: 256 KiB. A multiple of 4096. */
  readonly stackBytes?: number;
  readonly frequencyHz?: number;
  readonly seed?: number;
  readonly class?: PartitionClass;
}

const PROGRAM_MEMORY_BYTES = 16 * 1024 * 1024;
const PROGRAM_STACK_BYTES = 256 * 1024;
/** What a machine of 2 GiB has besides the kernel's 2 MiB. */
const MOST_MEMORY_BYTES = 2 * 1024 * 1024 * 1024 - LARGE_PAGE_SIZE_BYTES;
const MOST_STACK_BYTES = 8 * 1024 * 1024;

/** One program in one partition on one core that is its alone: what `hallows run` boots. */
export function planForProgram(bytes: Uint8Array, file: string, options: ProgramOptions = {}): SystemPlan {
  const places = nowhere(file);
  const program = readElf(bytes, file);
  checkAbiVersion(program, "the program ");
  checkInstructions(program, "", places([]), options);
  const memoryBytes = options.memoryBytes ?? PROGRAM_MEMORY_BYTES;
  const stackBytes = options.stackBytes ?? PROGRAM_STACK_BYTES;
  for (const [what, sizeBytes, most] of [
    ["memory", memoryBytes, MOST_MEMORY_BYTES],
    ["stack", stackBytes, MOST_STACK_BYTES],
  ] as const) {
    if (sizeBytes >= PAGE_SIZE_BYTES && sizeBytes <= most && sizeBytes % PAGE_SIZE_BYTES === 0) continue;
    const hint = `It is a multiple of 4 KiB, at most ${formatSize(most)}.`;
    throw new ConfigError(places([]), `${what} can't be ${formatSize(sizeBytes)}`, hint);
  }
  const name = systemName(file);
  const path = ["partition", name];
  const thread = {
    path,
    name: "main",
    entry: null,
    priority: DEFAULTS.priority,
    periodCycles: null,
    deadlineCycles: null,
    wcetCycles: null,
    overrun: DEFAULT_OVERRUN,
    stackBytes,
  };
  const description: Description = {
    name,
    machine: {
      cores: 1,
      memoryBytes: KERNEL_BYTES + roundUp(memoryBytes, LARGE_PAGE_SIZE_BYTES),
      frequencyHz: options.frequencyHz ?? DEFAULTS.frequencyHz,
      timing: DEFAULT_TIMING,
      seed: options.seed ?? DEFAULTS.seed,
    },
    partitions: [
      {
        path,
        name,
        class: options.class ?? "realtime",
        policy: null,
        reserve: null,
        isOnSlack: false,
        program: file,
        core: 0,
        memoryBytes,
        restart: { action: "stop", limit: 0 },
        threads: [thread],
      },
    ],
    cores: [],
    devices: [],
    channels: [],
    pools: [],
  };
  const problems = createProblems();
  const { plan, sourcePath } = resolvePlan(description, [program], problems);
  judgePlan(plan, translateProblems(problems, sourcePath));
  throwProblems(problems.found, places);
  return plan;
}

/** A file's name without folders and extension, as far as it can be a name; otherwise "system". */
export function systemName(file: string): string {
  const stem = (file.split(/[/\\]/).pop() ?? "").replace(/\.[A-Za-z0-9]{1,5}$/, "");
  const name = stem.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 31);
  return nameProblem(name) === null ? name : "system";
}
