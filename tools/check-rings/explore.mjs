/**
 * Every interleaving of honest partitions over their rings, with store buffers (x86-TSO), doorbells under way, and
 * restarts: breadth first, each state once.
 *
 * A state is, for each partition: its place (program.mjs), whether it waits, its doorbells (pending, and on their way
 * from another core), the restarts that are left to it, and its store buffer; and the words of shared memory that
 * anybody reads. What can happen in it:
 *
 *   a partition's next step   a load of a peer's word, or a system call, once its buffer is empty
 *   its oldest store drains   stores reach memory in order, at any time
 *   a doorbell arrives        and wakes who waits for it
 *   it restarts               what it has stored drains; private memory is that of the start; its peers are rung
 *
 * The kernel's part is that of src/kernel: `wait` takes pending doorbells or sleeps, `notify` sends one that merges
 * with others on their way over the same link, a restart drops what is pending and rings all peers
 * (channels/announce.ts).
 *
 * Reduction. What neither sees nor changes what another can see is taken together with the step before it: fences with
 * an empty buffer, loads of words that only the partition itself writes (it sees its own stores, in its buffer or in
 * memory, whenever it looks), and stores going *into* its own buffer: nobody sees one until it drains, which stays a
 * step of its own. Stores to words that nobody ever loads are left out. A restart can fall before each of the stores
 * that were taken together (`young`): then those behind it were never made. Between two synchronising accesses a
 * restart has the effect of one at the next, since private state is lost, so these are restarts at any instruction.
 * `reduced: false` takes each access for itself; the test compares the two on a small bound.
 */
import { Step } from "./program.mjs";

const [PLACE, STATUS, MASK, PENDING, ARRIVING, RESTARTS, BUFFER, YOUNG, FIELDS] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
export const Status = { Runs: 0, Waits: 1, Done: 2 };
const CALL = { wait: 2, notify: 3, handoff: 4, mode: 6, report: 7 };
const DONE = 1;
const NO_DEADLINE = 2n ** 64n - 1n;
const FAILURES = {
  2: "a message is torn",
  3: "a message is lost, doubled or out of order",
  4: "a function returned what it may not",
  5: "memory beside a buffer was written",
  6: "statistics don't add up",
};

/** A state that must not be, with what is wrong. */
export class Wrong extends Error {}
/** A word is loaded that was thought to be of no interest: begin again. */
class Observed extends Error {}

/** Who is at the other end of a partition's links: links[end][position] = { peer, end, bit } of the receiver. */
function linksOf(plan) {
  return plan.partitions.map(({ channelEnds }) =>
    channelEnds.map(({ channel, end }) => {
      const { links, ends } = plan.channels[channel];
      const mine = links.filter(({ from, to }) => from === end || to === end);
      return mine.map((link) => {
        const other = link.from === end ? link.to : link.from;
        const { owner } = ends[other];
        if (owner.kind !== "partition") return null;
        const peer = plan.partitions[owner.partition];
        const peerEnd = peer.channelEnds.findIndex((at) => at.channel === channel && at.end === other);
        const position = links.filter(({ from, to }) => from === other || to === other).indexOf(link);
        return { peer: owner.partition, end: peerEnd, bit: position };
      });
    }),
  );
}

/** Open addressing over states that lie one behind the other. */
class StateSet {
  count = 0;
  constructor(width) {
    this.width = width;
    this.rows = new Int32Array(width * 4096);
    this.table = new Int32Array(16384).fill(-1);
  }
  static hash(row) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < row.length; i++) {
      hash = Math.imul(hash ^ row[i], 0x01000193);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }
  row(index) {
    return this.rows.subarray(index * this.width, (index + 1) * this.width);
  }
  /** The number of a state; it is new where that is the former count. */
  add(row) {
    const { width, rows, table } = this;
    const last = table.length - 1;
    let at = StateSet.hash(row) & last;
    for (; table[at] >= 0; at = (at + 1) & last) {
      const base = table[at] * width;
      let i = 0;
      while (i < width && rows[base + i] === row[i]) i++;
      if (i === width) return table[at];
    }
    if ((this.count + 1) * width > rows.length) {
      const larger = new Int32Array(rows.length * 2);
      larger.set(rows);
      this.rows = larger;
    }
    this.rows.set(row, this.count * width);
    table[at] = this.count++;
    if (this.count * 2 > table.length) this.grow();
    return this.count - 1;
  }
  grow() {
    this.table = new Int32Array(this.table.length * 4).fill(-1);
    const last = this.table.length - 1;
    for (let index = 0; index < this.count; index++) {
      let at = StateSet.hash(this.row(index)) & last;
      while (this.table[at] >= 0) at = (at + 1) & last;
      this.table[at] = index;
    }
  }
}

/** Numbers that grow. */
class Numbers {
  length = 0;
  values = new Int32Array(4096);
  push(value) {
    if (this.length === this.values.length) {
      const larger = new Int32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }
}

/** Store buffers by number: 0 is the empty one. */
class Buffers {
  lists = [[]];
  numbers = new Map([["", 0]]);
  pushed = new Map();
  number(list) {
    const key = list.map(({ physical, sizeBytes, low, high }) => `${physical},${sizeBytes},${low},${high}`).join(";");
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.lists.push(list) - 1;
      this.numbers.set(key, number);
    }
    return number;
  }
  push(buffer, entry) {
    return this.number([...this.lists[buffer], entry]);
  }
  rest(buffer) {
    return this.number(this.lists[buffer].slice(1));
  }
}

/**
 * Explores. Returns how many states and steps there are, and what is wrong (null, or a reason and the steps that lead
 * there). `restarts`: how many each partition may suffer. `memory`: what shared words hold at the start, by address.
 */
export function explore({
  plan,
  programs,
  restarts,
  memory,
  reduced = true,
  buffered = true,
  mostStates = Infinity,
  onProgress,
}) {
  const links = linksOf(plan);
  const writers = writersOf(plan);
  const observed = new Map();
  for (;;) {
    try {
      return exploreOnce();
    } catch (error) {
      if (!(error instanceof Observed)) throw error;
    }
  }

  function exploreOnce() {
    const count = programs.length;
    const base = count * FIELDS;
    const width = base + observed.size;
    const states = new StateSet(width);
    const buffers = new Buffers();
    const [parents, labels, edges] = [new Numbers(), new Numbers(), new Numbers()];
    const state = new Int32Array(width);
    const from = new Int32Array(width);
    let isWatching = false;

    const field = (actor, name) => actor * FIELDS + name;

    function wordAt(physical) {
      const index = observed.get(physical >>> 2);
      if (index !== undefined) return base + index;
      observed.set(physical >>> 2, observed.size);
      throw new Observed();
    }

    function drain(entry) {
      if (entry.sizeBytes < 4) throw new Error("stores of less than four bytes are not followed");
      const low = observed.get(entry.physical >>> 2);
      if (low !== undefined) state[base + low] = entry.low;
      if (entry.sizeBytes < 8) return;
      const high = observed.get((entry.physical >>> 2) + 1);
      if (high !== undefined) state[base + high] = entry.high;
    }

    /** A word as a partition sees it: its own stores first. */
    function seen(actor, physical) {
      let value = state[wordAt(physical)];
      for (const entry of buffers.lists[state[field(actor, BUFFER)]]) {
        if (entry.physical === physical) value = entry.low;
        else if (entry.sizeBytes === 8 && entry.physical + 4 === physical) value = entry.high;
      }
      return value >>> 0;
    }

    const valueFor = (actor, { physical, sizeBytes }) => {
      if (sizeBytes < 4) throw new Error("loads of less than four bytes are not followed");
      return [seen(actor, physical), sizeBytes === 8 ? seen(actor, physical + 4) : 0];
    };

    function put(actor, { physical, sizeBytes, low, high }) {
      const entry = { physical, sizeBytes, low: low | 0, high: high | 0 };
      const matters = observed.has(physical >>> 2) || (sizeBytes === 8 && observed.has((physical >>> 2) + 1));
      if (!matters && reduced) return;
      if (!matters) wordAt(physical);
      if (!buffered) return drain(entry);
      state[field(actor, BUFFER)] = buffers.push(state[field(actor, BUFFER)], entry);
      if (reduced) state[field(actor, YOUNG)]++;
    }

    const move = (actor, next) => (state[field(actor, PLACE)] = next);

    /** Whether the next step of a partition is nobody else's matter. */
    function isHidden(actor, step) {
      if (step.kind === Step.Load) return writers(step.physical) === actor;
      if (step.kind === Step.Fence) return state[field(actor, BUFFER)] === 0;
      if (step.kind !== Step.Store && step.kind !== Step.Modify) return false;
      return buffered || !(observed.has(step.physical >>> 2) || observed.has((step.physical >>> 2) + 1));
    }

    /** A step that is no system call. */
    function take(actor, step) {
      const program = programs[actor];
      const place = state[field(actor, PLACE)];
      if (step.kind === Step.Load) move(actor, program.after(place, ...valueFor(actor, step)).place);
      else if (step.kind === Step.Modify) {
        const { place: next, stored } = program.after(place, ...valueFor(actor, step));
        put(actor, { ...step, ...stored });
        move(actor, next);
      } else {
        if (step.kind === Step.Store) put(actor, step);
        move(actor, program.after(place).place);
      }
    }

    /** Goes on for as long as it is nobody else's matter. */
    function advance(actor) {
      for (;;) {
        const step = programs[actor].stepAt(state[field(actor, PLACE)]);
        if (step.kind === Step.Fault) throw new Wrong(`it faults: ${describeExit(step.exit)}`);
        if (step.kind === Step.Endless) throw new Wrong("it runs for ever without looking at anything");
        if (step.kind === Step.Call && isNote(step)) {
          if (state[field(actor, BUFFER)] !== 0) return;
          state[field(actor, STATUS)] = Status.Done;
          return;
        }
        if (!reduced || !isHidden(actor, step)) return;
        take(actor, step);
      }
    }

    function isNote({ number, arguments: [kind, code] }) {
      if (number !== CALL.report) return false;
      if (kind === 2n) throw new Wrong("it reports a violation");
      if (Number(code) !== DONE) throw new Wrong(FAILURES[Number(code)] ?? `it says ${code}`);
      return true;
    }

    function ring(actor, end, position) {
      const link = links[actor][end]?.[position];
      if (link === undefined || link === null)
        throw new Wrong(`it rings link ${position} of end ${end}, which is not there`);
      state[field(link.peer, ARRIVING)] |= 1 << link.bit;
    }

    function wait(actor, mask, deadline) {
      if (deadline !== NO_DEADLINE) throw new Wrong("it waits with a deadline, which is not explored");
      const taken = state[field(actor, PENDING)] & Number(mask);
      if (taken !== 0) return answer(actor, 0, taken);
      state[field(actor, STATUS)] = Status.Waits;
      state[field(actor, MASK)] = Number(mask);
    }

    function answer(actor, status, value) {
      state[field(actor, PENDING)] &= ~value;
      state[field(actor, STATUS)] = Status.Runs;
      state[field(actor, MASK)] = 0;
      move(actor, programs[actor].after(state[field(actor, PLACE)], status, value).place);
    }

    function call(actor, { number, arguments: [first, second, third, fourth] }) {
      if (number === CALL.wait) wait(actor, first, second);
      else if (number === CALL.mode) move(actor, programs[actor].after(state[field(actor, PLACE)]).place);
      else if (number === CALL.notify) {
        ring(actor, Number(first), Number(second));
        move(actor, programs[actor].after(state[field(actor, PLACE)]).place);
      } else if (number === CALL.handoff) {
        ring(actor, Number(first), Number(fourth));
        wait(actor, second, third);
      } else throw new Wrong(`it makes system call ${number}`);
    }

    /** A doorbell arrives over a link of a partition. */
    function deliver(actor, bit) {
      state[field(actor, ARRIVING)] &= ~(1 << bit);
      state[field(actor, PENDING)] |= 2; // the channel under test is the partition's end 1
      const taken = state[field(actor, PENDING)] & state[field(actor, MASK)];
      if (state[field(actor, STATUS)] === Status.Waits && taken !== 0) answer(actor, 0, taken);
    }

    function restart(actor, kept) {
      for (const entry of buffers.lists[state[field(actor, BUFFER)]].slice(0, kept)) drain(entry);
      state[field(actor, RESTARTS)]--;
      const life = programs[actor].lifeAt(state[field(actor, PLACE)]) + 1;
      for (const [name, value] of [
        [STATUS, Status.Runs],
        [MASK, 0],
        [PENDING, 0],
        [BUFFER, 0],
        [YOUNG, 0],
      ])
        state[field(actor, name)] = value;
      links[actor].forEach((ends, end) =>
        ends.forEach((link, position) => link !== null && ring(actor, end, position)),
      );
      move(actor, programs[actor].begin(life));
    }

    /** One thing happens in `from`; what is there then is a state. */
    function happen(number, actor, label, act) {
      state.set(from);
      if (label !== Label.Drain) state[field(actor, YOUNG)] = 0;
      try {
        act();
        if (state[field(actor, STATUS)] === Status.Runs) advance(actor);
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
        error.steps = isWatching ? null : [...pathTo(number), describe(number, actor, label)];
        error.actor = actor;
        throw error;
      }
      const length = buffers.lists[state[field(actor, BUFFER)]].length;
      if (state[field(actor, YOUNG)] > length) state[field(actor, YOUNG)] = length;
      if (state[field(actor, RESTARTS)] === 0) state[field(actor, YOUNG)] = 0;
      const before = states.count;
      const next = states.add(state);
      edges.push(number);
      edges.push(next);
      if (next !== before) return;
      parents.push(number);
      labels.push(actor * 64 + label);
    }

    function expand(number) {
      from.set(states.row(number));
      for (let actor = 0; actor < count; actor++) {
        const buffer = from[field(actor, BUFFER)];
        const list = buffers.lists[buffer];
        if (buffer !== 0)
          happen(number, actor, Label.Drain, () => {
            drain(list[0]);
            state[field(actor, BUFFER)] = buffers.rest(buffer);
          });
        if (from[field(actor, STATUS)] === Status.Runs) {
          const step = programs[actor].stepAt(from[field(actor, PLACE)]);
          const needsEmpty = step.kind === Step.Call || step.kind === Step.Fence;
          if (!needsEmpty || buffer === 0)
            happen(number, actor, Label.Step, () => (step.kind === Step.Call ? call(actor, step) : take(actor, step)));
        }
        for (let bit = 0; bit < 4; bit++)
          if (from[field(actor, ARRIVING)] & (1 << bit))
            happen(number, actor, Label.Doorbell, () => deliver(actor, bit));
        if (from[field(actor, RESTARTS)] > 0)
          for (let kept = list.length - from[field(actor, YOUNG)]; kept <= list.length; kept++)
            happen(number, actor, Label.Restart, () => restart(actor, kept));
      }
    }

    const name = (actor) => plan.partitions[actor].name;

    function describe(number, actor, label) {
      const row = states.row(number);
      const who = name(actor);
      const step = programs[actor].stepAt(row[field(actor, PLACE)]);
      if (label === Label.Drain) {
        const { physical, low } = buffers.lists[row[field(actor, BUFFER)]][0];
        return `${who}: its store of 0x${(low >>> 0).toString(16)} to ${nameWord(plan, physical)} reaches memory`;
      }
      if (label === Label.Doorbell) return `${who}: a doorbell arrives`;
      if (label === Label.Restart) return `${who}: restarts`;
      const at = `at 0x${step.rip.toString(16)}`;
      if (step.kind === Step.Call)
        return `${who}: ${["", "", "waits", "rings", "rings and waits"][step.number] ?? "calls"} ${at}`;
      if (step.kind !== Step.Load) return `${who}: stores or fences ${at}`;
      const index = observed.get(step.physical >>> 2);
      return `${who}: reads 0x${(row[base + index] >>> 0).toString(16)} from ${nameWord(plan, step.physical)} ${at}`;
    }

    function pathTo(number) {
      const steps = [];
      for (let at = number; parents.values[at] >= 0; at = parents.values[at])
        steps.push(describe(parents.values[at], labels.values[at] >> 6, labels.values[at] & 63));
      return steps.toReversed();
    }

    /** States from which some end is reached at which all are done. */
    function findStuck() {
      const heads = new Int32Array(states.count).fill(-1);
      const nexts = new Int32Array(edges.length / 2);
      for (let edge = 0; edge < nexts.length; edge++) {
        const to = edges.values[2 * edge + 1];
        nexts[edge] = heads[to];
        heads[to] = edge;
      }
      const isGood = new Uint8Array(states.count);
      const work = [];
      for (let number = 0; number < states.count; number++) {
        const row = states.row(number);
        if (programs.every((_, actor) => isAtEnd(row, actor))) work.push(number);
      }
      const ends = work.length;
      const endings = new Set(work.map((number) => endingOf(states.row(number))));
      for (const number of work) isGood[number] = 1;
      while (work.length > 0)
        for (let edge = heads[work.pop()]; edge >= 0; edge = nexts[edge]) {
          const before = edges.values[2 * edge];
          if (isGood[before]) continue;
          isGood[before] = 1;
          work.push(before);
        }
      return { stuck: isGood.indexOf(0), ends, endings: [...endings].toSorted() };
    }

    /** What all have seen when they are done: their private states. */
    function endingOf(row) {
      return programs.map((program, actor) => program.digestAt(row[field(actor, PLACE)])).join(" ");
    }

    /** Done; or it serves others for as long as there are any, and sleeps. */
    function isAtEnd(row, actor) {
      const status = row[field(actor, STATUS)];
      const serves = plan.channels[plan.partitions[actor].channelEnds[1].channel].kind === "call" && actor === 1;
      return row[field(actor, BUFFER)] === 0 && (status === Status.Done || (serves && status === Status.Waits));
    }

    try {
      for (const [physical, value] of memory) {
        const index = observed.get(physical >>> 2);
        if (index !== undefined) state[base + index] = value | 0;
      }
      for (let actor = 0; actor < count; actor++) {
        state[field(actor, RESTARTS)] = restarts[actor] ?? 0;
        move(actor, programs[actor].begin(1));
        advance(actor);
        if (state[field(actor, RESTARTS)] === 0) state[field(actor, YOUNG)] = 0;
      }
      states.add(state);
      parents.push(-1);
      labels.push(0);
      let number = 0;
      let asleep = -1; // a state in which nothing can happen any more, and not all are done
      for (; number < states.count && states.count < mostStates && asleep < 0; number++) {
        if (number % 65536 === 65535) onProgress?.({ states: states.count, left: states.count - number });
        const before = edges.length;
        expand(number);
        asleep = edges.length === before && !programs.every((_, actor) => isAtEnd(from, actor)) ? number : -1;
      }
      const isWhole = number === states.count;
      const {
        stuck,
        ends,
        endings = [],
      } = asleep >= 0 ? { stuck: asleep, ends: 0 } : isWhole ? findStuck() : { stuck: -1, ends: 0 };
      const wrong =
        stuck < 0 ? null : { reason: `${sleepers(states.row(stuck))} for ever`, actor: -1, steps: pathTo(stuck) };
      return { states: states.count, steps: edges.length / 2, ends, endings, isWhole, wrong };
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      const reason = `${name(error.actor ?? 0)}: ${error.message}`;
      return {
        states: states.count,
        steps: edges.length / 2,
        ends: 0,
        endings: [],
        isWhole: false,
        wrong: { reason, steps: error.steps ?? [] },
      };
    }

    function sleepers(row) {
      const waiting = programs.flatMap((_, actor) => (row[field(actor, STATUS)] === Status.Waits ? [name(actor)] : []));
      return waiting.length > 0 ? `${waiting.join(" and ")} may sleep` : "it may go on";
    }
  }
}

const Label = { Step: 0, Drain: 1, Doorbell: 2, Restart: 3 };

/** The partition that writes a physical word of a block; -1 for none. */
export function writersOf({ blocks }) {
  return (physical) => {
    for (const { frames, sizeBytes, writer } of blocks)
      if (physical >= frames && physical < frames + sizeBytes) return writer;
    return -1;
  };
}

function describeExit(exit) {
  return exit.kind === "fault" ? `vector ${exit.vector} at address 0x${exit.address.toString(16)}` : exit.kind;
}

const FIELD_NAMES = { 0: "tail", 4: "claimed", 8: "generation", 0x40: "head", 0x80: "item_event", 0x84: "space_event" };

/** A word of a side as people call it. */
export function nameWord(plan, physical) {
  for (const { links, ends } of plan.channels)
    for (const { from, to, fromSide, toSide } of links)
      for (const [side, end] of [
        [fromSide, from],
        [toSide, to],
      ]) {
        const offset = physical - side;
        if (side === null || offset < 0 || offset >= 8192 || ends[end].owner.kind !== "partition") continue;
        const later = links
          .flatMap((link) => [link.fromSide, link.toSide])
          .some((at) => at !== null && at > side && at <= physical);
        if (later) continue;
        const owner = plan.partitions[ends[end].owner.partition].name;
        return `${owner}'s ${FIELD_NAMES[offset] ?? (offset < 0x100 ? `+0x${offset.toString(16)}` : `ring+0x${(offset - 0x100).toString(16)}`)}`;
      }
  return `0x${physical.toString(16)}`;
}
