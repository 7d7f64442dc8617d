/**
 * What happens to a core by itself: the end of work, messages and the timer, at a cycle each.
 *
 * In the same cycle, work ends before a message arrives, and a message arrives before the timer fires.
 */
import type { Cycles } from "../units.js";
import type { CoreState } from "./state.js";
import type { MachineExit, Message } from "./trap.js";

function messageAt({ inbox }: CoreState): Cycles {
  return inbox.length > 0 ? inbox[0].at : Infinity;
}

function workEndOf({ activity, workEnd }: CoreState): Cycles {
  return activity === "work" ? workEnd : Infinity;
}

/** The cycle of the next event; Infinity for none. */
export function nextEventOf(core: CoreState): Cycles {
  return Math.min(messageAt(core), core.timerAt, workEndOf(core));
}

/** When the next thing happens to a core or on it; Infinity for never. */
export function nextTurnOf(core: CoreState): Cycles {
  if (core.activity === "off") return Infinity;
  if (core.activity === "running" || core.activity === "reset") return core.now;
  return Math.max(core.now, nextEventOf(core));
}

/** The exit for the next event, taken off the core. */
export function takeEvent(core: CoreState): MachineExit {
  const { timerAt, inbox } = core;
  const arrival = messageAt(core);
  const workEnd = workEndOf(core);
  if (workEnd <= arrival && workEnd <= timerAt) return { kind: "work-done" };
  if (arrival <= timerAt) {
    const message = inbox.shift();
    if (message !== undefined) return { kind: "message", message };
  }
  core.timerAt = Infinity;
  return { kind: "timer" };
}

/**
 * Puts a message into a core's inbox, which is sorted by arrival, then sender, then kind, then order of sending. Kinds
 * come before the order of sending, since an input from outside is sent whenever the host has it.
 */
export function addMessage({ inbox }: CoreState, message: Message): void {
  let index = inbox.length;
  while (index > 0 && comesAfter(inbox[index - 1], message)) index--;
  inbox.splice(index, 0, message);
}

function comesAfter(one: Message, other: Message): boolean {
  if (one.at !== other.at) return one.at > other.at;
  return one.from === other.from ? one.kind > other.kind : one.from > other.from;
}
