/**
 * Which function an address of a guest belongs to, by the symbols of its program.
 *
 * A function's cold part, which compilers put elsewhere as `name.cold`, counts as the function. A symbol without a size
 * reaches to the next one. Code that no symbol covers is named after the address at which it was first entered, and
 * reaches from there to the next function; a call into the middle of such code begins another function.
 *
 * Invariant: ranges never overlap. A range may become shorter when such a function is found, never longer.
 */
import type { PartitionPlan } from "../../kernel/index.js";

export interface GuestFunction {
  readonly name: string;
  /** Where it begins. User addresses are below 2^47, so a number is exact. */
  readonly at: number;
}

/** Code of one function, `at` included, `end` not. */
export interface CodeSpan {
  readonly at: number;
  end: number;
  readonly function: GuestFunction;
  readonly hasSymbol: boolean;
}

export interface GuestFunctions {
  /** The span that covers an address to which control came, other than by a call. */
  find(address: number): CodeSpan;
  /** The same for the target of a call. */
  findCalled(address: number): CodeSpan;
}

/** Bound for programs that jump about in memory without symbols. What is found after these is one function. */
const MOST_UNNAMED = 10_000;
const COLD_PART = /\.cold(\.\d+)?$/;

export function createGuestFunctions({ symbols, regions }: Pick<PartitionPlan, "symbols" | "regions">): GuestFunctions {
  const spans = spansOf(symbols, regions);
  const rest: GuestFunction = { name: "(more code without symbols)", at: 0 };
  let unnamed = 0;

  /** Index of the last span that begins at or before the address; -1 for none. */
  function indexOf(address: number): number {
    let low = 0;
    let high = spans.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (spans[middle].at <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function addUnnamed(index: number, at: number, end: number): CodeSpan {
    if (unnamed === MOST_UNNAMED) return { at, end: at + 1, function: rest, hasSymbol: false };
    unnamed++;
    const span: CodeSpan = { at, end, function: { name: `0x${at.toString(16)}`, at }, hasSymbol: false };
    spans.splice(index, 0, span);
    return span;
  }

  function find(address: number): CodeSpan {
    const index = indexOf(address);
    if (index >= 0 && address < spans[index].end) return spans[index];
    return addUnnamed(index + 1, address, spans[index + 1]?.at ?? Infinity);
  }

  return {
    find,
    findCalled(address) {
      const span = find(address);
      if (span.hasSymbol || span.at === address || unnamed === MOST_UNNAMED) return span;
      const { end } = span;
      span.end = address;
      return addUnnamed(indexOf(address) + 1, address, end);
    },
  };
}

function spansOf(symbols: PartitionPlan["symbols"], regions: PartitionPlan["regions"]): CodeSpan[] {
  const firstOf = new Map<string, GuestFunction>();
  for (const { name, at } of symbols) if (!firstOf.has(name)) firstOf.set(name, { name, at: Number(at) });
  const spans: CodeSpan[] = [];
  for (let index = 0; index < symbols.length; index++) {
    let symbol = symbols[index];
    // Where several names stand for one address, the first that has a size is taken.
    for (; symbols[index + 1]?.at === symbol.at; index++) if (symbol.sizeBytes === 0) symbol = symbols[index + 1];
    const at = Number(symbol.at);
    const previous = spans.at(-1);
    // Labels inside of a function are no functions.
    if (previous !== undefined && at < previous.end) continue;
    const next = symbols[index + 1] === undefined ? Infinity : Number(symbols[index + 1].at);
    const end = symbol.sizeBytes > 0 ? at + symbol.sizeBytes : Math.min(next, regionEnd(regions, at));
    const first = firstOf.get(symbol.name.replace(COLD_PART, ""));
    const isFirst = first !== undefined && (first.at === at || COLD_PART.test(symbol.name));
    spans.push({ at, end, function: isFirst ? first : { name: symbol.name, at }, hasSymbol: true });
  }
  return spans;
}

function regionEnd(regions: PartitionPlan["regions"], address: number): number {
  const region = regions.find(({ at, sizeBytes }) => address >= Number(at) && address < Number(at) + sizeBytes);
  return region === undefined ? address + 1 : Number(region.at) + region.sizeBytes;
}
