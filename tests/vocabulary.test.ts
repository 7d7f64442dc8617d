import { describe, expect, it } from "vitest";
import * as abi from "../dist/abi/index.js";
import { KERNEL_STEPS } from "../dist/hal/index.js";
import { BLOCK_REASONS, EVENTS, EXIT_REASONS, WAKE_CAUSES } from "../dist/trace/index.js";
import { builtWords, rowsByNumber, wordsByNumber, wordsNotBuilt } from "../dist/vocabulary.js";

const NUMBERED: readonly (readonly [string, Readonly<Record<string, object>>])[] = [
  ["system calls", abi.SYSTEM_CALLS],
  ["statuses", abi.STATUSES],
  ["scopes of exit", abi.EXIT_SCOPES],
  ["operations of mode", abi.MODE_OPERATIONS],
  ["modes of a partition", abi.PARTITION_MODES],
  ["kinds of report", abi.REPORT_KINDS],
  ["full policies", abi.FULL_POLICIES],
  ["events", EVENTS],
  ["reasons to leave", EXIT_REASONS],
  ["causes of waking", WAKE_CAUSES],
  ["reasons to wait", BLOCK_REASONS],
  ["kernel steps", KERNEL_STEPS],
];

describe("the numbers of", () => {
  it.each(NUMBERED)("%s begin at 0 and leave none out", (_, table) => {
    const numbers = Object.values(table).flatMap((row) => ("number" in row ? [row.number] : []));
    expect(numbers.toSorted((a, b) => Number(a) - Number(b))).toEqual(numbers.map((__, index) => index));
  });
});

describe("a vocabulary", () => {
  const table = {
    owl: { number: 1, meaning: "flies" },
    toad: { number: 0, meaning: "hops" },
    dragon: { notBuilt: true },
  } as const;

  it("tells what is built from what is planned", () => {
    expect(builtWords(table)).toEqual(["owl", "toad"]);
    expect(wordsNotBuilt(table)).toEqual(["dragon"]);
  });

  it("gives words and rows by number", () => {
    const { owl, toad } = table;
    expect(wordsByNumber(table)).toEqual(["toad", "owl"]);
    expect(rowsByNumber({ owl, toad })).toEqual([
      { word: "toad", ...toad },
      { word: "owl", ...owl },
    ]);
  });
});
