/**
 * Stack traces in terms of our sources, whatever they were built into: for reports of our faults. Node does the same
 * with --enable-source-maps, but then reads every map at start.
 */
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The package, two folders above built files. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Replaces each place of a built file (file:///…/x.js:LINE:COLUMN, from 1) that has a map beside it. Never throws. */
export function withSourcePlaces(stack: string): string {
  const maps = new Map<string, SourceMap | null>();
  const mapOf = (url: string): SourceMap | null => {
    let map = maps.get(url);
    if (map === undefined) maps.set(url, (map = readMap(url)));
    return map;
  };
  return stack.replace(/(file:\/\/[^\s()]+\.js):(\d+):(\d+)/g, (place, url: string, line: string, column: string) => {
    const entry = mapOf(url)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !("originalSource" in entry)) return place;
    const source = relative(ROOT, fileURLToPath(new URL(entry.originalSource, url)));
    return `${source.split(sep).join("/")}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

function readMap(url: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(fileURLToPath(`${url}.map`), "utf8")));
  } catch {
    return null;
  }
}
