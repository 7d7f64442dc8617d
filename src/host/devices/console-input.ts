/**
 * What people type for partitions: the adapter of the console's input. A stream's bytes go to the first partition that
 * the console has a channel to, as fast as it takes them; keys of the terminal UI to the one that was chosen.
 */
import type { Readable } from "node:stream";
import { outsideChannels, type SystemPlan } from "../../kernel/index.js";
import type { ChannelId, PartitionId } from "../../units.js";
import type { Adapter } from "./adapter.js";
import type { LiveSource } from "../live.js";

export interface ConsoleInput extends Adapter {
  /** Whether a partition has a channel from the console whose end has not been told. */
  accepts(partition: PartitionId): boolean;
  send(partition: PartitionId, bytes: Uint8Array): void;
  /** Nothing more will come for a partition. */
  end(partition: PartitionId): void;
  /** Sends what the stream has, and its end; then nothing more comes for anybody. */
  follow(stream: Readable): void;
}

/** A stream is read on when no more than this waits for the partition to make room. */
const MOST_WAITING_BYTES = 4096;

/** Null for a system without input from the console. */
export function createConsoleInput(plan: SystemPlan): ConsoleInput | null {
  const channelOf = new Map<PartitionId, ChannelId>();
  for (const { id, ends } of outsideChannels(plan)) {
    const isConsole = ends.some(
      ({ owner }) => owner.kind === "device" && plan.devices[owner.device].kind === "console",
    );
    const partition = ends.flatMap(({ owner }) => (owner.kind === "partition" ? [owner.partition] : []))[0];
    // A partition reads the first channel that it has.
    if (isConsole && !channelOf.has(partition)) channelOf.set(partition, id);
  }
  if (channelOf.size === 0) return null;
  let source: LiveSource | null = null;
  let followed: { readonly stream: Readable; readonly channel: ChannelId } | null = null;

  function end(partition: PartitionId): void {
    const channel = channelOf.get(partition);
    if (channel === undefined) return;
    source?.deliver(channel, new Uint8Array(0));
    channelOf.delete(partition);
    if (channelOf.size === 0) source?.close();
  }

  return {
    outlets: {
      onConsoleInput(channel, waitingBytes) {
        if (followed?.channel === channel && waitingBytes <= MOST_WAITING_BYTES) followed.stream.resume();
      },
    },
    accepts: (partition) => channelOf.has(partition),
    send(partition, bytes) {
      const channel = channelOf.get(partition);
      if (channel !== undefined) source?.deliver(channel, bytes);
    },
    end,
    follow(stream) {
      const [[, channel]] = channelOf;
      followed = { stream, channel };
      stream.on("data", (chunk: Uint8Array) => {
        // Until the device says how much of it found room.
        stream.pause();
        source?.deliver(channel, new Uint8Array(chunk));
      });
      const finish = (): void => [...channelOf.keys()].forEach(end);
      stream.on("end", finish);
      stream.on("error", finish);
    },
    start(live) {
      source = live.openSource();
    },
    close() {
      followed?.stream.destroy();
    },
  };
}
