/** The benchmarks of `hallows bench`: a row each. What they do is loaded when one is asked for. */
import { Option, type Command } from "commander";
import type { Environment } from "../environment.js";
import { parseTime, parseWhole } from "../options.js";

interface BenchRow {
  readonly arguments?: string;
  readonly description: string;
  readonly help: string;
  readonly options: (command: Command) => Command;
  /** Returns the exit code. `words`: the arguments. */
  readonly run: (words: readonly string[], options: object, environment: Environment) => Promise<number>;
}

const MOST = Number.MAX_SAFE_INTEGER;

const BENCHES: Readonly<Record<string, BenchRow>> = {
  jitter: {
    description: "how late periodic threads wake, and why: cyclictest inside of a partition",
    help: `
One measurement, printed as cyclictest prints it (-h is the histogram here), or a sweep over classes, placements and
disturbances with --quick (20 cells) or --sweep (all). Latency is from a thread's release to its RDTSC in the guest; the
ledger says where each cycle of it went. All times are virtual: a run depends on its options alone.

With --json FILE a sweep that was stopped goes on where it was with --resume.

Examples:
  hallows bench jitter -t 2 -p 80 -i 1000 -l 10000 -q
  hallows bench jitter -h 100 -N -q --disturbance doorbell-flood --where "other core"
  hallows bench jitter --quick --html jitter.html
  hallows bench jitter --sweep --seeds 3 --json all.json
  hallows bench jitter --sweep --shard 2/8 --json part2.json
  hallows bench jitter --compare before.json after.json`,
    options: (command) =>
      command
        .helpOption("--help", "print this help")
        .option("-t, --threads [number]", "measured threads", parseWhole("-t", 1, 8))
        .option("-p, --priority <number>", "of the first thread; each other has one less", parseWhole("-p", 0, 255), 80)
        .option(
          "-i, --interval <us>",
          "period in microseconds (default: 1000; of a sweep 100)",
          parseWhole("-i", 20, 10_000_000),
        )
        .option(
          "-l, --loops <number>",
          "samples a thread (default: 1000; with --quick 500)",
          parseWhole("-l", 1, 100_000_000),
        )
        .option("-h, --histogram <us>", "print a histogram with as many buckets", parseWhole("-h", 1, 1_000_000))
        .option("-D, --duration <time>", "as many samples as there are in this virtual time, such as 10s", parseTime)
        .option("-q, --quiet", "only what cyclictest prints with -q")
        .option("-N, --nsecs", "latencies in nanoseconds rather than microseconds")
        .option("--histfile <file>", "write the histogram to a file")
        .option("--json [file]", "results as JSON, to a file or stdout")
        .addOption(new Option("-m, --mlockall").hideHelp())
        .addOption(new Option("-n, --nanosleep").hideHelp())
        .option("--class <name>", "class of the measured partition", "realtime")
        .option("--placement <name>", "where it has its time", "dedicated")
        .option("--disturbance <name>", "what disturbs it", "none")
        .option("--where <place>", '"same core" or "other core"')
        .option("--seed <number>", "of the system", parseWhole("--seed", 0, MOST), 1)
        .option("--print", "print the system's description in place of measuring")
        .option("--quick", "20 cells, in less than a minute")
        .option("--sweep", "all cells")
        .option("--seeds <number>", "seeds a cell, from 1 on", parseWhole("--seeds", 1, 10_000), 3)
        .option("--jobs <number>", "processors of the host (default: all)", parseWhole("--jobs", 1, 1024))
        .option("--shard <k/n>", "measure every n-th cell, from the k-th on")
        .option("--resume", "take what a stopped sweep had measured for the same --json FILE")
        .option("--svg <file>", "a picture of a sweep")
        .option("--html <file>", "the same with all numbers, as a page")
        .option("--compare <files...>", "which differences between two results are real"),
    run: async (_, options, environment) => (await import("./bench-jitter.js")).benchJitter(options, environment),
  },
  ipc: {
    description: "what messages between partitions cost: ping-pong, one way, fan-in, fan-out, large ones",
    help: `
Cycles are virtual and a message's (of ping-pong: a round trip's), without start and end: they depend on the seed alone.
"running" is what programs ran, "kernel" its steps, "waiting" idle cores; "calls" and "interrupts" are entries of the
kernel. Polled traffic has none. Messages a second are the host's.

Examples:
  hallows bench ipc --quick
  hallows bench ipc --only "one way" --steps
  hallows bench ipc --svg ipc.svg --json ipc.json`,
    options: (command) =>
      command
        .option("--quick", "some cells, in less than a minute")
        .option("--only <text>", "cells whose names contain this")
        .option("--count <number>", "messages a cell (default: by its size)", parseWhole("--count", 1, 10_000_000))
        .option("--seed <number>", "of the systems", parseWhole("--seed", 0, MOST), 1)
        .option("--steps", "kernel entries of each cell, step by step")
        .option("--json [file]", "results as JSON, to a file or stdout")
        .option("--svg <file>", "a picture of them"),
    run: async (_, options, environment) => (await import("./bench-ipc.js")).benchIpc(options, environment),
  },
  merge: {
    arguments: "<files...>",
    description: "put results of the shards of a sweep together",
    help: `
The result is the same to the byte as if one host had measured all. Cells that no file has are named; exit code 1.

Example:
  hallows bench merge part1.json part2.json --json all.json`,
    options: (command) =>
      command
        .option("--json <file>", "where the results go (default: stdout)")
        .option("--svg <file>", "a picture of them")
        .option("--html <file>", "the same with all numbers, as a page"),
    run: async (files, options, environment) =>
      (await import("./bench-jitter.js")).mergeJitter(files, options, environment),
  },
};

/** Adds the benchmarks below the command `bench`. */
export function addBenches(bench: Command, environment: Environment, finish: (code: number) => void): void {
  for (const [name, row] of Object.entries(BENCHES)) {
    const command = bench.command(name).description(row.description).addHelpText("after", row.help);
    if (row.arguments !== undefined) command.argument(row.arguments);
    row
      .options(command)
      .option("--no-color", "no colours")
      .action(async () => finish(await row.run(command.args, command.opts(), environment)));
  }
}
