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

/** Two digits that mean something: "12 ms", "1.2 s", "340 s". */
export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds < 1000) return `${roughly(milliseconds)} ms`;
  return `${roughly(milliseconds / 1000)} s`;
}

/** The same for what was measured: "340 MHz", "1.2 GHz". */
export function formatRoughFrequency(frequencyHz: number): string {
  if (frequencyHz >= 1e9) return `${roughly(frequencyHz / 1e9)} GHz`;
  if (frequencyHz >= 1e6) return `${roughly(frequencyHz / 1e6)} MHz`;
  return `${roughly(frequencyHz / 1e3)} kHz`;
}

function roughly(value: number): string {
  return value >= 10 || value < 0.1 ? value.toFixed(0) : value.toFixed(1);
}
