/** Numbers for people, the same in summaries and views. Pure. */
import type { Cycles } from "../units.js";

/** Three decimals in the largest unit that fits: "12.345 ms". */
export function formatTime(cycles: Cycles, frequencyHz: number): string {
  const seconds = cycles / frequencyHz;
  if (seconds >= 1 || seconds === 0) return `${seconds.toFixed(3)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toFixed(3)} ms`;
  if (seconds >= 1e-6) return `${(seconds * 1e6).toFixed(3)} us`;
  return `${(seconds * 1e9).toFixed(3)} ns`;
}
