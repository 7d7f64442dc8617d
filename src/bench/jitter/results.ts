/**
 * The results of a sweep as one document, the same to the byte however its cells were spread: cells stand in the order
 * of the sweep, and nothing is in it that the host has a part in.
 */
import { ConfigError } from "../../errors.js";
import { cellName, sweepCells, type Cell, type SweepName } from "./cells.js";
import type { JitterShape } from "./describe.js";
import type { CellResult } from "./measure.js";

export interface SweepHead {
  readonly format: "hallows jitter";
  readonly version: 1;
  readonly sweep: SweepName;
  readonly seeds: readonly number[];
  readonly shape: JitterShape;
}

export interface SweepResults extends SweepHead {
  readonly cells: readonly CellResult[];
}

export function sweepHead(sweep: SweepName, seeds: readonly number[], shape: JitterShape): SweepHead {
  const { threads, priority, intervalMicroseconds, samples } = shape;
  return {
    format: "hallows jitter",
    version: 1,
    sweep,
    seeds,
    shape: { threads, priority, intervalMicroseconds, samples },
  };
}

/** A cell's name with its seed: what results are found by. */
export function cellKey(cell: Cell): string {
  return `${cellName(cell)}, seed ${cell.seed}`;
}

/** The cells that shard `shard` of `shards` measures, counted from 1. */
export function shardCells(cells: readonly Cell[], shard: number, shards: number): Cell[] {
  return cells.filter((_, index) => index % shards === shard - 1);
}

/** The results in order, each once. */
export function collectResults(head: SweepHead, found: readonly CellResult[]): SweepResults {
  const byKey = new Map(found.map((result) => [cellKey(result), result]));
  const cells = sweepCells(head.sweep, head.seeds).flatMap((cell) => byKey.get(cellKey(cell)) ?? []);
  return { ...head, cells };
}

export function missingCells({ cells, ...head }: SweepResults): string[] {
  const there = new Set(cells.map(cellKey));
  return sweepCells(head.sweep, head.seeds)
    .map(cellKey)
    .filter((key) => !there.has(key));
}

/** One cell a line, so that tools of text can compare and cut. */
export function printResults({ cells, ...head }: SweepResults): string {
  const lines = cells.map((cell) => `  ${JSON.stringify(cell)}`);
  const opening = JSON.stringify(head, null, 1).replace(/\n}$/, "");
  return `${opening},\n "cells": [\n${lines.join(",\n")}\n ]\n}\n`;
}

/** Throws ConfigError where the text is no results of ours. */
export function readResults(text: string, file: string): SweepResults {
  const wrong = (problem: string): ConfigError =>
    new ConfigError({ file, line: 0, column: 0 }, problem, "It is what hallows bench jitter --json wrote.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("is no JSON");
  }
  const results = value as Partial<SweepResults> | null;
  if (results?.format !== "hallows jitter" || !Array.isArray(results.cells)) throw wrong("has no results of a sweep");
  if (results.version !== 1) throw wrong(`has results of version ${String(results.version)}, and this is version 1`);
  return results as SweepResults;
}

/** Results of shards as if one had measured all. Throws ConfigError where they are not of one sweep. */
export function mergeResults(
  parts: readonly { readonly file: string; readonly results: SweepResults }[],
): SweepResults {
  const headOf = (results: SweepResults): string => JSON.stringify({ ...results, cells: [] });
  const [first] = parts;
  const seen = new Map<string, string>();
  for (const { file, results } of parts) {
    const place = { file, line: 0, column: 0 };
    if (headOf(results) !== headOf(first.results))
      throw new ConfigError(place, `is of another sweep than ${first.file}`, "Shards have equal options but --shard.");
    for (const cell of results.cells) {
      const text = JSON.stringify(cell);
      const other = seen.get(cellKey(cell));
      if (other !== undefined && other !== text)
        throw new ConfigError(
          place,
          `has another result of "${cellKey(cell)}" than a file before it`,
          "Were they measured by the same version?",
        );
      seen.set(cellKey(cell), text);
    }
  }
  return collectResults(
    first.results,
    parts.flatMap(({ results }) => results.cells),
  );
}
