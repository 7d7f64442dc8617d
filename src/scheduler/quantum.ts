/**
 * How long a policy lets a thread run before it asks again. A quantum is a time that people choose, and the kernel's
 * own work is a number of cycles that no frequency makes fewer: on a slow machine a switch takes longer than a quantum
 * that was chosen for a fast one, and threads would have a few per cent of the core that they share.
 */
import type { Cycles } from "../units.js";
import type { TimeBase } from "./policy.js";

/** A quantum has at least this many switches, so that they take at most an eleventh of the core. */
export const LEAST_SWITCHES_A_QUANTUM = 10;

/** Cycles of a quantum: `seconds`, or longer where that would be less than ten switches. */
export function quantumCycles(seconds: number, { frequencyHz, switchCycles }: TimeBase): Cycles {
  return Math.max(1, Math.round(frequencyHz * seconds), LEAST_SWITCHES_A_QUANTUM * switchCycles);
}
