/**
 * Human units of system descriptions: "64 MiB", "3 GHz", "16.667 ms", "5000 cycles". Read and printed exactly.
 *
 * Invariant: no value is ever rounded. A quantity is a decimal fraction times a unit, computed on bigints; one that is
 * not a whole number of bytes, hertz or cycles is a problem that names its neighbours, not a silent change.
 */
import { printable } from "../../errors.js";
import { MAX_DURATION_CYCLES, type Cycles } from "../../units.js";

/** Why a text is not a quantity; the caller knows where it stands. */
export interface UnitProblem {
  readonly problem: string;
  readonly hint: string;
}

/** Numerator and denominator of an exact quantity, in the base unit. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A duration as written: cycles depend on the frequency, which stands elsewhere in the description. */
export type Duration =
  | { readonly unit: "seconds"; readonly numerator: bigint; readonly denominator: bigint; readonly text: string }
  | { readonly unit: "cycles"; readonly count: number; readonly text: string };

const SIZE_UNITS: ReadonlyMap<string, bigint> = new Map([
  ["B", 1n],
  ["KiB", 1n << 10n],
  ["MiB", 1n << 20n],
  ["GiB", 1n << 30n],
]);
const FREQUENCY_UNITS: ReadonlyMap<string, bigint> = new Map([
  ["Hz", 1n],
  ["kHz", 1_000n],
  ["MHz", 1_000_000n],
  ["GHz", 1_000_000_000n],
]);
/** Parts of a second. Both code points for micro are taken. */
const TIME_UNITS: ReadonlyMap<string, bigint> = new Map([
  ["s", 1n],
  ["ms", 1_000n],
  ["us", 1_000_000n],
  ["µs", 1_000_000n],
  ["μs", 1_000_000n],
  ["ns", 1_000_000_000n],
]);

const QUANTITY = /^([0-9]{1,15})(?:\.([0-9]{1,12}))? *([A-Za-zµμ]+)$/;

export function isUnitProblem(value: unknown): value is UnitProblem {
  return typeof value === "object" && value !== null && "problem" in value;
}

/** Bytes, 0 to 2^53 - 1. */
export function parseSize(text: string): number | UnitProblem {
  const parts = split(text, SIZE_UNITS, `a size, such as "64 KiB" or "2 MiB"`);
  if (isUnitProblem(parts)) return decimalSizeProblem(text) ?? parts;
  return toWhole(parts, text, "bytes");
}

/** Hertz, 0 to 2^53 - 1. */
export function parseFrequency(text: string): number | UnitProblem {
  const parts = split(text, FREQUENCY_UNITS, `a frequency, such as "1 MHz" or "3 GHz"`);
  if (isUnitProblem(parts)) return parts;
  return toWhole(parts, text, "hertz");
}

export function parseDuration(text: string): Duration | UnitProblem {
  const inCycles = /^([0-9]{1,16}) *cycles?$/.exec(text);
  if (inCycles !== null) return { unit: "cycles", count: Number(inCycles[1]), text };
  const match = QUANTITY.exec(text);
  const partsOfSecond = match === null ? undefined : TIME_UNITS.get(match[3]);
  if (match === null || partsOfSecond === undefined) {
    return notAQuantity(text, [...TIME_UNITS.keys(), "cycles"], `a time, such as "10 ms", "250 us" or "5000 cycles"`);
  }
  const { numerator, denominator } = toFraction(match);
  return { unit: "seconds", numerator, denominator: denominator * partsOfSecond, text };
}

/** Exact cycles of a duration at a frequency; a problem when it is not a whole number of them. */
export function toCycles(duration: Duration, frequencyHz: number): Cycles | UnitProblem {
  if (duration.unit === "cycles") {
    return duration.count <= MAX_DURATION_CYCLES ? duration.count : tooLong(duration.text);
  }
  const scaled = duration.numerator * BigInt(frequencyHz);
  const cycles = scaled / duration.denominator;
  if (cycles > BigInt(MAX_DURATION_CYCLES)) return tooLong(duration.text);
  if (cycles * duration.denominator !== scaled) {
    return {
      problem: `"${duration.text}" is not a whole number of cycles at ${formatFrequency(frequencyHz)}`,
      hint: `Nearest are "${cycles} cycles" and "${cycles + 1n} cycles".`,
    };
  }
  return Number(cycles);
}

/** Shortest exact form with a binary unit: 65536 is "64 KiB", 1000 is "1000 B". */
export function formatSize(sizeBytes: number): string {
  for (const [unit, factor] of [...SIZE_UNITS].toReversed()) {
    if (sizeBytes >= Number(factor) && sizeBytes % Number(factor) === 0) return `${sizeBytes / Number(factor)} ${unit}`;
  }
  return `${sizeBytes} B`;
}

/** Shortest exact form: 1500000 is "1.5 MHz". */
export function formatFrequency(frequencyHz: number): string {
  for (const [unit, factor] of [...FREQUENCY_UNITS].toReversed()) {
    if (frequencyHz >= Number(factor)) return `${decimal(BigInt(frequencyHz), factor)} ${unit}`;
  }
  return `${frequencyHz} Hz`;
}

/** An exact time such as "10 ms" where one with at most six decimals exists, else "N cycles". */
export function formatCycles(cycles: Cycles, frequencyHz: number): string {
  if (cycles === 0) return "0 ms";
  for (const [unit, partsOfSecond] of [
    ["s", 1n],
    ["ms", 1_000n],
    ["us", 1_000_000n],
    ["ns", 1_000_000_000n],
  ] as const) {
    const numerator = BigInt(cycles) * partsOfSecond;
    if (numerator < BigInt(frequencyHz)) continue;
    const millionths = numerator * 1_000_000n;
    if (millionths % BigInt(frequencyHz) !== 0n) continue;
    return `${decimal(millionths / BigInt(frequencyHz), 1_000_000n)} ${unit}`;
  }
  return `${cycles} cycles`;
}

function split(text: string, units: ReadonlyMap<string, bigint>, example: string): Fraction | UnitProblem {
  const match = QUANTITY.exec(text);
  const factor = match === null ? undefined : units.get(match[3]);
  if (match === null || factor === undefined) return notAQuantity(text, [...units.keys()], example);
  const { numerator, denominator } = toFraction(match);
  return { numerator: numerator * factor, denominator };
}

function toFraction(match: RegExpExecArray): Fraction {
  const decimals = match[2] ?? "";
  return { numerator: BigInt(match[1] + decimals), denominator: 10n ** BigInt(decimals.length) };
}

function toWhole(fraction: Fraction, text: string, base: string): number | UnitProblem {
  const whole = fraction.numerator / fraction.denominator;
  if (whole * fraction.denominator !== fraction.numerator) {
    return {
      problem: `"${text}" is not a whole number of ${base}`,
      hint: `Nearest are ${whole} and ${whole + 1n} ${base}.`,
    };
  }
  if (whole > BigInt(Number.MAX_SAFE_INTEGER)) return { problem: `"${text}" is too large`, hint: "" };
  return Number(whole);
}

function notAQuantity(text: string, units: readonly string[], example: string): UnitProblem {
  const listed = units.filter((unit) => !/[µμ]/.test(unit)).join(", ");
  return {
    problem: `"${printable(text)}" is not ${example.split(",")[0]}`,
    hint: `Write ${example}; units are ${listed}.`,
  };
}

/** kB, KB, MB, GB, K, M and G are what people type; they mean two different numbers, so they are asked for again. */
function decimalSizeProblem(text: string): UnitProblem | null {
  const match = /^([0-9.]{1,20}) *([kKmMgG])(?:[bB]|ib|iB|IB)?$/.exec(text);
  if (match === null) return null;
  const letter = match[2].toUpperCase();
  return {
    problem: `"${text}" has no unit of size that Hallows takes`,
    hint: `Write "${match[1]} ${letter}iB": sizes are in powers of 1024.`,
  };
}

function tooLong(text: string): UnitProblem {
  return { problem: `"${text}" is too long`, hint: `The longest time is ${MAX_DURATION_CYCLES} cycles.` };
}

function decimal(numerator: bigint, denominator: bigint): string {
  const whole = numerator / denominator;
  const rest = numerator % denominator;
  if (rest === 0n) return `${whole}`;
  const digits = String(rest)
    .padStart(String(denominator).length - 1, "0")
    .replace(/0+$/, "");
  return `${whole}.${digits}`;
}
