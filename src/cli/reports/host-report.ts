/** What is said on stderr about the host's speed after a run. */
import { formatMilliseconds, formatRoughFrequency, formatTime } from "../../host/format.js";
import type { Live } from "../../host/live.js";
import type { Session } from "../../system/running.js";

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

/** How a system that faces the outside kept up with the host's clock. */
export function liveReport(live: Live): string {
  const { inputs, inputBytes, lagMilliseconds, greatestLagMilliseconds, sustainableHz } = live.report();
  const holds = sustainableHz === null ? "" : `; this host holds ${formatRoughFrequency(sustainableHz)}`;
  return (
    `live: ${inputs} input${inputs === 1 ? "" : "s"}, ${inputBytes} bytes; ` +
    `${formatMilliseconds(lagMilliseconds)} behind the host's clock, at most ${formatMilliseconds(greatestLagMilliseconds)}${holds}`
  );
}
