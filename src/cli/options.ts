/**
 * Options that all commands share which run a system, from text to what the session takes.
 *
 * Invariant: whatever the text, the result is a value in range or a ConfigError that names the option.
 * Loaded for every command and for help: so it imports neither the machine nor the system as a whole.
 */
import { InvalidArgumentError, Option, type Command } from "commander";
import { ConfigError } from "../errors.js";
import type { GraphicsWay } from "../host/terminal-kind.js";
import type { PowerCutOptions } from "../host/devices/stores.js";
import type { EngineName } from "../machine/index.js";
import { DEFAULT_TIMING, TIMING_PROFILES, type TimingWord } from "../machine/timing/profiles.js";
import type { SessionOptions } from "../system/running.js";
import { type Duration, isUnitProblem, parseDuration, parseSize, toCycles } from "../system/description/units.js";
import type { Cycles } from "../units.js";
import { builtWords, wordsNotBuilt } from "../vocabulary.js";

export interface SystemRunOptions {
  /** Virtual time to run; undefined where the command decides. */
  readonly for?: Duration;
  readonly headless?: boolean;
  readonly json?: boolean;
  /** Refuse what is only warned of otherwise. */
  readonly strict?: boolean;
  readonly seed?: number;
  readonly trace?: string;
  readonly traceLimit: number;
  /** Where what comes from outside is recorded. */
  readonly record?: string;
  readonly runAhead?: number;
  /** False after --no-skip. */
  readonly skip: boolean;
  readonly tso?: number;
  readonly engine: EngineName;
  /** How the terminal UI shows displays; undefined for as the terminal can. */
  readonly graphics?: GraphicsWay;
  /** Where what displays show at the end goes. */
  readonly screenshot?: string;
  /** Files and folders that stores may lie in, besides the description's. */
  readonly allowFile?: readonly string[];
  readonly allowNet?: readonly string[];
  readonly allowBind?: boolean;
  /** Seed of a loss of power. */
  readonly powerCut?: number;
  readonly cutAtWrite?: number;
  readonly torn?: boolean;
  /** Print bounds of response times beside what was observed. */
  readonly receipt?: boolean;
  /** Host speed in the terminal UI: cycles of real time, 1 for as on the real machine; Infinity for `max`. */
  readonly speed: number;
}

const ENGINES = ["reference", "wasm", "both"];
const TIMINGS = builtWords(TIMING_PROFILES);

/** Functions in the table of `hallows profile`. */
export const DEFAULT_TOP = 25;

export const DEFAULT_TRACE_LIMIT = "64 MiB";
export const STRICT_HELP = "refuse programs with instructions that the machine lacks, even if none is executed";

const GRAPHICS = {
  auto: undefined,
  kitty: "kitty",
  sixel: "sixel",
  true: "true colours",
  "256": "256 colours",
  "16": "16 colours",
  none: "characters",
} as const satisfies Readonly<Record<string, GraphicsWay | undefined>>;

/** A trace with less than this has no room for its own names. */
const LEAST_TRACE_LIMIT_BYTES = 64 * 1024;

const JSON_HELP = "the summary as JSON; consoles go to stderr";

/** Adds the options of boot and run. */
export function addRunOptions(command: Command, kind: "boot" | "run"): Command {
  const forHelp =
    kind === "boot"
      ? "stop after this much virtual time (without a terminal, if not given: 2 s, or 100 million instructions)"
      : "stop after this much virtual time";
  command.option("--for <time>", `${forHelp}, such as 50ms or "5000 cycles"`, parseTime);
  if (kind === "boot") {
    addShowOptions(command)
      .option("--watch", "build programs from the sources beside them, and boot anew whenever a file changes")
      .option(
        "--receipt",
        "without a terminal UI: after the summary, bounds of response times beside what was observed",
      )
      .option("--record <file>", "record what comes from outside, for hallows replay")
      .addOption(allowFileOption())
      .addOption(
        new Option(
          "--allow-net <host:port>",
          "let devices of kind net connect to this address (can be repeated)",
        ).argParser(parseAddress),
      )
      .option("--allow-bind", 'let devices of kind net with bind = "any" listen at all addresses of this host')
      .option(
        "--power-cut <seed>",
        "stores lose their power when the run ends: their files are what this seed leaves of them",
        parseWhole("--power-cut", 0, Number.MAX_SAFE_INTEGER),
      )
      .option(
        "--cut-at-write <number>",
        "with --power-cut: the run ends at this write",
        parseWhole("--cut-at-write", 1, Number.MAX_SAFE_INTEGER),
      )
      .option("--torn", "with --power-cut: sectors may be torn within, too");
  }
  command
    .option("--json", JSON_HELP)
    .option("--strict", STRICT_HELP)
    .option(
      "--seed <number>",
      "replaces the seed of the description",
      parseWhole("--seed", 0, Number.MAX_SAFE_INTEGER),
    );
  return addHostOptions(command).option(
    "--tso <seed>",
    "delay stores to shared memory as x86 may, by this seed",
    parseWhole("--tso", 0, 0xffffffff),
  );
}

/** Adds those of replay: what decides results is in the record. */
export function addReplayOptions(command: Command): Command {
  command.option("--for <time>", 'stop after this much virtual time, such as 50ms or "5000 cycles"', parseTime);
  addShowOptions(command)
    .option("--json", JSON_HELP)
    .addOption(
      new Option(
        "--store <name=file>",
        "a file with the first contents of a store that were too large for the record (can be repeated)",
      ).argParser(gather),
    );
  return addHostOptions(command);
}

function addShowOptions(command: Command): Command {
  return command
    .option("--headless", "no terminal UI: consoles as they come, then a summary")
    .addOption(
      new Option("--speed <factor>", "speed of the terminal UI: max, real, or a factor such as 0.1")
        .argParser(parseSpeed)
        .default(1, "real"),
    )
    .addOption(
      new Option("--graphics <way>", `how the terminal UI shows displays: ${Object.keys(GRAPHICS).join(", ")}`)
        .argParser((text) => GRAPHICS[parseChoice("way", Object.keys(GRAPHICS), [])(text) as keyof typeof GRAPHICS])
        .default(undefined, "auto"),
    )
    .option("--screenshot <file>", "write what the display shows at the end, as PNG");
}

/** Those that change no result. */
function addHostOptions(command: Command): Command {
  return command
    .option("--trace <file>", "write a trace that ui.perfetto.dev opens: FILE.pftrace in Perfetto's format, else JSON")
    .addOption(
      new Option("--trace-limit <size>", "largest size of the trace")
        .argParser(parseTraceLimit)
        .default(parseTraceLimit(DEFAULT_TRACE_LIMIT), DEFAULT_TRACE_LIMIT),
    )
    .addOption(
      new Option("--engine <name>", `what executes instructions: ${ENGINES.join(", ")} (both: in lock-step)`)
        .argParser(parseChoice("engine", ENGINES, []))
        .default("wasm"),
    )
    .option(
      "--run-ahead <cycles>",
      "how far a core may run before the next is looked at; changes no result",
      parseWhole("--run-ahead", 1, Number.MAX_SAFE_INTEGER),
    )
    .option("--no-skip", "run polling loops in full instead of charging them; changes no result");
}

export function timingOption(): Option {
  return new Option("--timing <name>", `what instructions cost: ${TIMINGS.join(", ")}`)
    .argParser(parseChoice("timing", TIMINGS, wordsNotBuilt(TIMING_PROFILES)))
    .default(DEFAULT_TIMING);
}

/** `timing`: the system's. Throws ConfigError. */
export function sessionOptions(options: SystemRunOptions, timing: TimingWord): SessionOptions {
  const { leastLatencyCycles } = TIMING_PROFILES[timing];
  if ((options.runAhead ?? 0) > leastLatencyCycles) {
    const hint = `It takes a whole number from 1 to ${leastLatencyCycles}, the least latency between cores.`;
    throw optionError("--run-ahead", `${options.runAhead} cycles are too many on timing ${timing}`, hint);
  }
  return {
    runAheadCycles: options.runAhead,
    skipPolling: options.skip,
    tsoSeed: options.tso ?? null,
    engine: options.engine,
  };
}

export function allowFileOption(): Option {
  return new Option(
    "--allow-file <path>",
    "let stores lie in this file, or in this folder (can be repeated)",
  ).argParser(gather);
}

/** One more address to those before it. */
function parseAddress(text: string, others: readonly string[] = []): readonly string[] {
  const [, port] = /^.{1,253}:([0-9]{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65535)
    throw new InvalidArgumentError("Write a host and a port, such as 127.0.0.1:5432 or example.org:443.");
  return [...others, text];
}

/** The loss of power that a command line asks for. Throws ConfigError. */
export function powerCutOptions({ powerCut, cutAtWrite, torn }: SystemRunOptions): PowerCutOptions | null {
  if (powerCut !== undefined) return { seed: powerCut, atWrite: cutAtWrite ?? null, torn: torn === true };
  const lonely = cutAtWrite !== undefined ? "--cut-at-write" : torn === true ? "--torn" : null;
  if (lonely === null) return null;
  throw optionError(lonely, "says something about a loss of power, and none is asked for", "Give --power-cut, too.");
}

/** Cycles of `--for` at the system's frequency. Throws ConfigError. */
export function limitCycles(duration: Duration, frequencyHz: number): Cycles {
  const cycles = toCycles(duration, frequencyHz);
  if (isUnitProblem(cycles)) throw optionError("--for", cycles.problem, cycles.hint);
  return cycles;
}

export function optionError(option: string, problem: string, hint: string): ConfigError {
  return new ConfigError({ file: option, line: 0, column: 0 }, problem, hint);
}

/** Each use of an option that can be repeated. */
function gather(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

export function parseTime(text: string): Duration {
  const duration = parseDuration(text);
  if (isUnitProblem(duration)) throw new InvalidArgumentError(`${sentence(duration.problem)} ${duration.hint}`);
  return duration;
}

export function parseSpeed(text: string): number {
  if (text === "max") return Infinity;
  if (text === "real") return 1;
  const factor = /^[0-9]*\.?[0-9]+x?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (!(factor >= 0.0001 && factor <= 1000)) {
    throw new InvalidArgumentError('Write "max", "real" or a factor from 0.0001 to 1000, such as 0.1.');
  }
  return factor;
}

export function parseBytes(text: string): number {
  const sizeBytes = parseSize(text);
  if (isUnitProblem(sizeBytes)) throw new InvalidArgumentError(`${sentence(sizeBytes.problem)} ${sizeBytes.hint}`);
  return sizeBytes;
}

export function parseTraceLimit(text: string): number {
  const sizeBytes = parseBytes(text);
  if (sizeBytes < LEAST_TRACE_LIMIT_BYTES) throw new InvalidArgumentError("At least 64 KiB.");
  return sizeBytes;
}

export function parseWhole(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`${option} takes a whole number from ${least} to ${most}.`);
  };
}

export function parseChoice(
  what: string,
  built: readonly string[],
  notBuilt: readonly string[],
): (text: string) => string {
  return (text) => {
    if (built.includes(text)) return text;
    const choice = built.map((name) => `"${name}"`).join(", ");
    if (notBuilt.includes(text))
      throw new InvalidArgumentError(`The ${what} "${text}" is not built yet; there is ${choice}.`);
    throw new InvalidArgumentError(`There is no such ${what}; there is ${choice}.`);
  };
}

function sentence(problem: string): string {
  return `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
}
