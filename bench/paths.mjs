/** Where things lie, and small matters that every bench needs. Development only: nothing here is shipped. */
import { fileURLToPath } from "node:url";

/** @param {string} relative */
const inRepository = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

export const benchFolder = inRepository("bench");
export const sdkFolder = inRepository("images/sdk");
export const imagesFolder = inRepository("images");
export const cacheFolder = inRepository(".cache/bench");
export const commandLineProgram = inRepository("dist/bundle/hallows.js");

/**
 * One of dist's modules, by its path below dist/.
 * @param {string} module
 */
export const load = (module) => import(new URL(`../dist/${module}`, import.meta.url).href);

/**
 * @param {readonly number[]} values at least one
 * @returns {number}
 */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {readonly number[]} values at least one, all above 0
 * @returns {number}
 */
export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/**
 * A number for a table: three digits that count, or all of the whole part.
 * @param {number | undefined} value
 */
export function figure(value) {
  if (value === undefined || !Number.isFinite(value)) return "-";
  if (value >= 100) return Math.round(value).toLocaleString("en").replaceAll(",", " ");
  return value >= 10 ? value.toFixed(1) : value.toPrecision(3);
}

/**
 * How far samples lie apart: what a difference has to beat.
 * @param {readonly number[]} samples
 */
export function spread(samples) {
  return `${samples.length} samples, ${Math.round((Math.max(...samples) / Math.min(...samples) - 1) * 100)} % apart`;
}

/** @param {{ met: boolean | null }} row */
export const verdictOf = ({ met }) => (met === null ? "" : met ? "met" : "missed");

/**
 * Rows of text in columns: the first ones to the left, the others to the right.
 * @param {readonly (readonly string[])[]} rows
 * @param {number} leftColumns
 */
export function table(rows, leftColumns = 1) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column < leftColumns ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
