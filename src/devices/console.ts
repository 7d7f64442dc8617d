/**
 * The console: one for all partitions, each with a queue of its own whose consumer it is. It takes what is in a queue
 * when its doorbell rings, within the system call.
 *
 * Of channels that a description connects from it, it is the producer: what people type for the partition at the other
 * end. An input is bytes, cut into messages of at most a slot; one without bytes is the end of what will come, a
 * message of length 0. What finds no room waits here until the partition has taken half of what is there. What is in
 * the queue when a partition restarts is lost with that life; the end is told to the next one, too.
 */
import { drainQueue, putIntoQueue } from "../ipc/index.js";
import { EventKind } from "../trace/index.js";
import type { ChannelId } from "../units.js";
import type { Device, DeviceEnd, DeviceHost, DoorbellOutcome } from "./device.js";

interface Typed {
  /** What waits for room, oldest first. */
  messages: Uint8Array[];
  hasEnded: boolean;
}

/** What waits in all for a partition that takes nothing; beyond it, inputs are thrown away whole. */
const MOST_WAITING_BYTES = 1024 * 1024;

export function createConsole({ memory, trace, outlets }: DeviceHost): Device<Record<ChannelId, Typed>> {
  let typed: Record<ChannelId, Typed> = {};

  function typedFor(channel: ChannelId): Typed {
    return (typed[channel] ??= { messages: [], hasEnded: false });
  }

  /** Puts what waits into the queue, as far as there is room. */
  function feed({ channel, shape, link }: DeviceEnd): DoorbellOutcome {
    const { messages } = typedFor(channel);
    for (;;) {
      const outcome = messages.length === 0 ? "full" : putIntoQueue(memory, shape, link, messages[0]);
      if (outcome === "ok") {
        messages.shift();
        continue;
      }
      outlets.onConsoleInput(channel, countBytes(messages));
      return outcome === "violation" ? outcome : "ok";
    }
  }

  return {
    doorbell(core, end) {
      if (end.role === "producer") return feed(end);
      return drainQueue(memory, end.shape, end.link, (bytes) => {
        const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
        trace.recordText(EventKind.Console, core, end.partition, -1, bytes.length, -1, -1, text);
        outlets.onConsole(end.partition, bytes);
      });
    },
    inject(_, end, input) {
      if (end.role === "consumer") return "quiet";
      const { shape, channel } = end;
      const state = typedFor(channel);
      if (state.hasEnded || countBytes(state.messages) + input.length > MOST_WAITING_BYTES) return "quiet";
      state.hasEnded = input.length === 0;
      for (let at = 0; at === 0 || at < input.length; at += shape.slotBytes)
        state.messages.push(input.slice(at, at + shape.slotBytes));
      return feed(end) === "ok" ? "ring" : "quiet";
    },
    reset(end) {
      if (end.role === "consumer") return;
      const { messages, hasEnded } = typedFor(end.channel);
      if (hasEnded && messages.length === 0) messages.push(new Uint8Array(0));
      feed(end);
    },
    save: () => typed,
    restore(saved) {
      typed = saved;
    },
  };
}

function countBytes(messages: readonly Uint8Array[]): number {
  return messages.reduce((total, { length }) => total + length, 0);
}
