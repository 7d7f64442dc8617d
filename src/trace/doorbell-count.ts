/** Counts doorbells by channel, for summaries and views; the ledger has them by partition. */
import { EventKind } from "./events.js";
import type { TraceStream } from "./stream.js";

export interface DoorbellCount {
  /** Indexed by ChannelId: doorbells rung by either end. */
  readonly sent: readonly number[];
  /** Doorbells that arrived: fewer, since those on their way merge. */
  readonly arrived: readonly number[];
}

export function countDoorbells(trace: TraceStream, channels: number): DoorbellCount {
  const sent = Array.from({ length: channels }, () => 0);
  const arrived = Array.from({ length: channels }, () => 0);
  trace.subscribe(
    ({ kind, a }) => {
      if (a >= 0) (kind === EventKind.Notify ? sent : arrived)[a]++;
    },
    [EventKind.Notify, EventKind.Doorbell],
  );
  return { sent, arrived };
}
