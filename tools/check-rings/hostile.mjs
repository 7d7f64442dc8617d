/**
 * An honest partition against a peer that may write, at any time, whatever it likes wherever its mapping allows: into
 * its own side, and nowhere else.
 *
 * Such a peer needs no interleaving: whatever it writes and when, all that the honest side can notice is what its loads
 * bring. So each load of a word of the peer's brings each value of the set, independently of what the one before it
 * brought, and that covers every schedule of such writes. Its doorbells may come at any time, too, and it may call the
 * link broken at any time. Values: of counters, those around where they stand (behind, at, before and beyond the
 * window), the limits of 32 bits and their halves, a random one; of lengths, generations and heads of records,
 * none, all
 * that fits, one beyond, the limits, with every flag.
 *
 * What must hold: no access outside of the two sides of the link, and no store outside of its own; no fault; the words
 * beside the program's buffers stay as they are; functions return what they may; and no path comes back to where it was
 * without having slept: the peer cannot keep it in a loop.
 */
import { Step } from "./program.mjs";
import { nameWord } from "./explore.mjs";

const CALL = { wait: 2, notify: 3, handoff: 4, mode: 6, report: 7 };
const VIOLATION = 2n;
const OVERRUN = 5;
const NOT_AVAILABLE = 2;

/** Values of words and double words, around where counters begin. */
export function hostileValues(start, { slotBytes, slots, isBytes }, random) {
  const stride = isBytes ? 1016 : 1;
  const near = [-1, 0, 1, 2, 3].map((step) => (start + step * stride) >>> 0);
  const beyond = [slots, slots + 1, -slots].map((step) => (start + step) >>> 0);
  const counters = [...new Set([...near, ...beyond, 0x7fffffff, 0x80000000, random >>> 0])];
  const lengths = isBytes
    ? [0, 1008, 1009, 0xffffffff, 0x20000000, 0x20000000 + 1008, 0x80000000, 0x40000010, 24]
    : [0, slotBytes, slotBytes + 1, 0xffffffff, 0x80000000];
  const generations = [0, 1, 2, 0xffffffff];
  const doubles = [...lengths.map((low) => [low >>> 0, 1]), ...generations.map((high) => [slotBytes, high])];
  return {
    counters: counters.map((low) => [low, 0]),
    doubles: [...doubles, [random >>> 0, (random >>> 7) >>> 0]],
    data: [[random >>> 0, 0x1234567]],
  };
}

/** The sides of all links of the channel under test: where they lie, how long they are, and who writes them. */
function sidesOf(library, plan) {
  const channel = plan.channels.find(({ ends }) => ends.every(({ owner }) => owner.kind === "partition"));
  const kind = library.CHANNEL_KINDS[channel.kind];
  const owner = (end) => channel.ends[end].owner.partition;
  const sides = channel.links.flatMap(({ from, to, fromSide, toSide }) => [
    { at: fromSide, sizeBytes: kind.side(channel, "producer").sizeBytes, writer: owner(from) },
    ...(toSide === null
      ? []
      : [{ at: toSide, sizeBytes: kind.side(channel, "consumer").sizeBytes, writer: owner(to) }]),
  ]);
  return { channel, ring: kind.ring(channel), sides };
}

export function exploreHostile({
  library,
  plan,
  program,
  start,
  memory,
  random = 0x9e3779b1,
  mostStates = Infinity,
  onProgress,
}) {
  const { channel, ring, sides } = sidesOf(library, plan);
  const me = program.id;
  const isBytes = channel.kind === "bytes";
  const values = hostileValues(start, { slotBytes: ring.slotBytes, slots: ring.slots, isBytes }, random);
  const { boot } = program;
  const observed = [];
  for (;;) {
    const outcome = exploreOnce();
    if (outcome !== null) return outcome;
  }

  function sideAt(physical, sizeBytes) {
    return sides.find(({ at, sizeBytes: size }) => physical >= at && physical + sizeBytes <= at + size);
  }

  /** What a load of the peer's may bring. */
  function broughtBy({ sizeBytes, isRepeated }) {
    if (isRepeated) return values.data;
    if (sizeBytes === 4) return values.counters;
    return values.doubles;
  }

  function exploreOnce() {
    const known = new Map();
    const states = [];
    const parents = [];
    const labels = [];
    const edges = [];
    const found = { wrong: null };

    function add(place, own, parent, label, slept) {
      const key = own.length === 0 ? place : `${place},${own}`;
      let number = known.get(key);
      const isNew = number === undefined;
      if (isNew) {
        number = states.length;
        known.set(key, number);
        states.push({ place, own });
        parents.push(parent);
        labels.push(label);
      }
      if (parent >= 0 && !slept) edges.push(parent, number);
    }

    const fail = (number, reason) => (found.wrong ??= { reason, steps: pathTo(number) });

    function pathTo(number) {
      const steps = [];
      for (let at = number; at >= 0; at = parents[at]) if (labels[at] !== "") steps.push(labels[at]);
      return steps.toReversed();
    }

    /** A word of its own side as the partition sees it; null where it has to begin again with that word. */
    function ownWord(own, physical) {
      const index = observed.indexOf(physical);
      if (index >= 0) return own[index];
      observed.push(physical);
      return null;
    }

    function expand(number) {
      const { place, own } = states[number];
      const step = program.stepAt(place);
      const { kind, physical, sizeBytes } = step;
      if (kind === Step.Fault) return fail(number, `it faults at 0x${step.rip.toString(16)}`);
      if (kind === Step.Endless) return fail(number, "it runs for ever without looking at anything");
      if (kind === Step.Call) return expandCall(number, place, own, step);
      if (kind === Step.Fence) return add(program.after(place).place, own, number, "", false);
      const isBoot = physical >= boot.frames && physical < boot.frames + boot.sizeBytes;
      if (isBoot) {
        const brought = boot.flags.includes(physical)
          ? [
              [0, 0],
              [1, 0],
            ]
          : [program.bootWords(physical, sizeBytes)];
        for (const [low, high] of brought)
          add(
            program.after(place, low, high).place,
            own,
            number,
            low === 1 && brought.length > 1 ? "the kernel says that the link is broken, or the peer has stopped" : "",
            false,
          );
        return true;
      }
      const side = sideAt(physical, sizeBytes);
      if (side === undefined)
        return fail(number, `an access to ${nameWord(plan, physical)} at 0x${step.rip.toString(16)}, out of bounds`);
      if (kind !== Step.Load && side.writer !== me)
        return fail(number, `a store to the peer's side at 0x${step.rip.toString(16)}`);
      if (kind === Step.Load && side.writer !== me) {
        for (const [low, high] of broughtBy(step))
          add(
            program.after(place, low, high).place,
            own,
            number,
            `0x${(high * 2 ** 32 + low).toString(16)} from ${nameWord(plan, physical)} at 0x${step.rip.toString(16)}`,
            false,
          );
        return true;
      }
      return expandOwn(number, place, own, step);
    }

    function expandOwn(number, place, own, step) {
      const { kind, physical, sizeBytes } = step;
      let next;
      let stored = step;
      if (kind === Step.Store) next = program.after(place).place;
      else {
        const low = ownWord(own, physical);
        const high = sizeBytes === 8 ? ownWord(own, physical + 4) : 0;
        if (low === null || high === null) return "again";
        const found = program.after(place, low, high);
        next = found.place;
        if (kind === Step.Load) return add(next, own, number, "", false);
        stored = found.stored;
      }
      const changed = own.slice();
      const at = observed.indexOf(physical);
      if (at >= 0) changed[at] = stored.low >>> 0;
      const above = sizeBytes === 8 ? observed.indexOf(physical + 4) : -1;
      if (above >= 0) changed[above] = stored.high >>> 0;
      return add(next, changed, number, "", false);
    }

    function expandCall(number, place, own, { number: call, arguments: [first, second] }) {
      if (call === CALL.mode) return add(program.after(place).place, own, number, "", false);
      if (call === CALL.wait) return add(program.after(place, 0, 2).place, own, number, "a doorbell", true);
      if (call === CALL.notify || call === CALL.handoff) {
        add(
          program.after(place, 0, call === CALL.handoff ? 2 : 0).place,
          own,
          number,
          "it rings",
          call === CALL.handoff,
        );
        add(program.after(place, NOT_AVAILABLE).place, own, number, "it rings a broken link", call === CALL.handoff);
        return true;
      }
      if (call !== CALL.report) return fail(number, `it makes system call ${call}`);
      if (first === VIOLATION) return add(program.after(place).place, own, number, "it reports a violation", false);
      const code = Number(second);
      if (code === 1) return true;
      return fail(
        number,
        code === OVERRUN
          ? "memory beside a buffer was written"
          : code === 4
            ? "a function returned what it may not"
            : `it says ${code}`,
      );
    }

    add(
      program.begin(1),
      observed.map((physical) => memory.get(physical) ?? 0),
      -1,
      "",
      false,
    );
    let number = 0;
    for (; number < states.length && found.wrong === null && states.length < mostStates; number++) {
      if (number % 65536 === 65535) onProgress?.({ states: states.length, left: states.length - number });
      if (expand(number) === "again") return null;
    }
    const isWhole = number === states.length;
    if (found.wrong === null && isWhole) {
      const looped = findLoop(states.length, edges);
      if (looped >= 0) fail(looped, "the peer can keep it in a loop");
    }
    return { states: states.length, steps: edges.length / 2, ends: 0, isWhole, wrong: found.wrong };
  }
}

/** A node on or behind a cycle; -1 where there is none (Kahn). */
function findLoop(count, edges) {
  const incoming = new Int32Array(count);
  const heads = new Int32Array(count).fill(-1);
  const nexts = new Int32Array(edges.length / 2);
  for (let edge = 0; edge < nexts.length; edge++) {
    incoming[edges[2 * edge + 1]]++;
    nexts[edge] = heads[edges[2 * edge]];
    heads[edges[2 * edge]] = edge;
  }
  const work = [];
  for (let node = 0; node < count; node++) if (incoming[node] === 0) work.push(node);
  let seen = 0;
  while (work.length > 0) {
    seen++;
    for (let edge = heads[work.pop()]; edge >= 0; edge = nexts[edge]) {
      const to = edges[2 * edge + 1];
      if (--incoming[to] === 0) work.push(to);
    }
  }
  return seen === count ? -1 : incoming.findIndex((left) => left > 0);
}
