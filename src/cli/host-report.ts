/** What is said on stderr about the host's speed after a run. */
import { formatTime } from "../host/format.js";
import type { Session } from "../system/running.js";

/** Speed of the host: never part of the results. */
export function hostReport(session: Session, milliseconds: number): string {
  const instructions = session.retired().reduce((total, count) => total + count, 0);
  const seconds = Math.max(1e-3, milliseconds / 1000);
  const { frequencyHz } = session.plan.machine;
  const factor = session.now() / frequencyHz / seconds;
  return (
    `host: ${seconds.toFixed(2)} s for ${formatTime(session.now(), frequencyHz)} of virtual time ` +
    `(${factor.toFixed(2)} of real time), ${(instructions / seconds / 1e6).toFixed(2)} MIPS`
  );
}
