import { describe, expect, it } from "vitest";
import { createLive, type Live, type LiveOptions } from "../../dist/host/live.js";
import type { Session } from "../../dist/system/index.js";
import { bootProgram } from "../tui/fixture.js";

const FREQUENCY_HZ = 1_000_000;
const LATENCY_CYCLES = 100;

/** A host's clock that stands unless it is moved, and a core that has something to do at certain cycles. */
interface Rig {
  readonly live: Live;
  readonly session: Session;
  /** Milliseconds. */
  host: number;
  /** Cycles from which it computes, and until when. Nothing else happens. */
  readonly work: [from: number, to: number][];
  /** Host milliseconds that a cycle of computing takes. */
  cost: number;
  /** Called at each run. */
  onRun: () => void;
  readonly inputs: [channel: number, at: number, text: string][];
  readonly recorded: [channel: number, at: number, text: string][];
  readonly naps: number[];
  wakes: number;
  /** Steps until it naps or ends, and says which. */
  settle(until?: number): string;
}

function rig(options: Partial<LiveOptions> = {}): Rig {
  let now = 0;
  /** Of the one core: where it computes, it stands there; else where it fell asleep. */
  let clock = 0;
  let isStopped = false;
  const nextAt = (): number => {
    const open = system.work.filter(([, to]) => to > clock);
    return open.length === 0 ? Infinity : Math.max(clock, Math.min(...open.map(([from]) => from)));
  };
  const partitions = [{ life: "running" }, { life: "stopped" }];
  const session = {
    plan: { machine: { frequencyHz: FREQUENCY_HZ } },
    hal: { leastLatencyCycles: LATENCY_CYCLES },
    kernel: { state: { partitions } },
    now: () => now,
    nextAt,
    soonestInput: () => Math.max(now, clock) + LATENCY_CYCLES,
    stop: () => void (isStopped = true),
    inject(channel: number, at: number, bytes: Uint8Array) {
      if (at < session.soonestInput()) throw new Error("too soon");
      system.inputs.push([channel, at, new TextDecoder().decode(bytes)]);
      system.work.push([at, at + 10]);
    },
    idleTo(cycle: number) {
      if (cycle > nextAt()) throw new Error("something happens before that");
      now = Math.max(now, cycle);
    },
    run({ until, maxInstructions = Infinity }: { until: number; maxInstructions?: number }) {
      isStopped = false;
      system.onRun();
      let left = maxInstructions;
      for (;;) {
        if (nextAt() >= until || left <= 0 || isStopped) break;
        const from = nextAt();
        const to = Math.min(
          ...system.work.filter((piece) => piece[0] <= from && piece[1] > from).map(([, end]) => end),
        );
        const length = Math.min(to - from, until - from, left);
        clock = from + length;
        left -= length;
        system.host += length * system.cost;
      }
      if (nextAt() === Infinity) {
        now = Math.max(now, clock);
        return "quiet";
      }
      if (nextAt() >= until) {
        now = Math.max(now, until);
        return "until";
      }
      now = Math.max(now, clock);
      return isStopped ? "stopped" : "instructions";
    },
  };
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const system: Rig = {
    session: session as unknown as Session,
    live: undefined as unknown as Live,
    host: 5,
    work: [],
    cost: 0,
    onRun: () => undefined,
    inputs: [],
    recorded: [],
    naps: [],
    wakes: 0,
    settle(until = Infinity) {
      for (let count = 0; count < 100_000; count++) {
        if (session.now() >= until) return "over";
        const end = system.live.step(until);
        if (end !== "more") return end;
      }
      throw new Error("it never settles");
    },
  };
  const live = createLive(system.session, {
    clock: () => system.host,
    onInput: (channel, at, bytes) => system.recorded.push([channel, at, text(bytes)]),
    nap: { sleep: (milliseconds) => (system.naps.push(milliseconds), Promise.resolve()), wake: () => system.wakes++ },
    ...options,
  });
  return Object.assign(system, { live });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a session that faces the outside", () => {
  it("does not end while something may come in, and ends when nothing can", () => {
    const system = rig();
    const source = system.live.openSource();
    expect(system.settle()).toBe("nap");
    source.close();
    source.close();
    expect(system.wakes).toBe(1);
    expect(system.settle()).toBe("quiet");
  });

  it("ends when all its partitions have stopped, though something could come in", () => {
    const system = rig();
    system.live.openSource();
    expect(system.settle()).toBe("nap");
    for (const partition of system.session.kernel.state.partitions) partition.life = "stopped";
    expect(system.settle()).toBe("quiet");
  });

  it("follows the host's clock while it is idle", () => {
    const system = rig();
    system.live.openSource();
    system.work.push([1_000_000, 1_000_010]);
    system.settle();
    expect(system.session.now()).toBe(0);
    system.host += 20;
    system.settle();
    expect(system.session.now()).toBe(20_000);
  });

  it("sleeps until the next event is due, and not beyond a moment that it is asked to look up at", async () => {
    const system = rig();
    system.live.openSource();
    system.work.push([250_000, 250_010]);
    system.settle();
    await system.live.nap(1000);
    await system.live.nap(8);
    expect(system.naps).toEqual([250, 8]);
  });

  it("lets happen what is due within a timer's granularity, and nothing before", () => {
    const system = rig();
    system.live.openSource();
    system.work.push([10_000, 10_010]);
    system.settle();
    system.host += 8.9;
    system.settle();
    expect(system.session.nextAt()).toBe(10_000);
    system.host += 0.2;
    system.settle();
    expect(system.session.nextAt()).toBe(Infinity);
  });

  it("ends a run at the cycle that is asked for, at the host's pace", () => {
    const system = rig();
    system.live.openSource();
    system.settle(50_000);
    expect(system.session.now()).toBe(0);
    system.host += 60;
    expect(system.settle(50_000)).toBe("over");
    expect(system.session.now()).toBe(50_000);
  });

  it("runs no further ahead than a millisecond when a core computes on and on, and then rests", () => {
    const system = rig();
    system.live.openSource();
    system.work.push([0, 1e9]);
    for (let passes = 0; passes < 50; passes++) {
      expect(system.settle()).toBe("nap");
      const ahead = system.session.now() - (system.host - 5) * 1000;
      expect(ahead).toBeGreaterThanOrEqual(0);
      expect(ahead).toBeLessThanOrEqual(1000);
      system.host += 1;
    }
  });
});

describe("what comes in", () => {
  it("enters an idle system at the cycle of the host's time, and wakes it", () => {
    const system = rig();
    const source = system.live.openSource();
    system.settle();
    system.host += 30;
    source.deliver(3, bytes("a"));
    expect(system.wakes).toBe(1);
    expect(system.inputs).toEqual([[3, 30_000 + LATENCY_CYCLES, "a"]]);
    system.settle();
    expect(system.session.nextAt()).toBe(Infinity);
  });

  it("enters a busy system as soon as is exact, whatever it lags", () => {
    const system = rig();
    const source = system.live.openSource();
    system.work.push([0, 1e9]);
    system.cost = 1;
    system.live.step(Infinity);
    const now = system.session.now();
    system.host += 10_000;
    source.deliver(0, bytes("a"));
    expect(system.inputs[0][1]).toBe(now + LATENCY_CYCLES);
  });

  it("does not skip what is due before it", () => {
    const system = rig();
    const source = system.live.openSource();
    system.work.push([7000, 7010]);
    system.settle();
    system.host += 30;
    source.deliver(0, bytes("a"));
    expect(system.inputs[0][1]).toBe(7000 + LATENCY_CYCLES);
  });

  it("keeps its order, also when several things come at once or while the system runs", () => {
    const system = rig();
    const [one, other] = [system.live.openSource(), system.live.openSource()];
    system.work.push([0, 50_000]);
    let runs = 0;
    system.onRun = () => {
      if (++runs > 3) return;
      one.deliver(1, bytes(`${runs}a`));
      other.deliver(2, bytes(`${runs}b`));
      expect(system.inputs).toHaveLength((runs - 1) * 2);
    };
    system.host += 30;
    system.settle();
    expect(system.inputs.map(([, , text]) => text)).toEqual(["1a", "1b", "2a", "2b", "3a", "3b"]);
    const cycles = system.inputs.map(([, at]) => at);
    expect(cycles).toEqual(cycles.toSorted((a, b) => a - b));
    expect(system.recorded).toEqual(system.inputs);
  });

  it("is not lost when the session is run by single steps meanwhile", () => {
    const system = rig();
    const source = system.live.openSource();
    system.work.push([0, 50_000]);
    system.live.around(() => {
      system.session.run({ until: 10, maxInstructions: 1 });
      source.deliver(0, bytes("a"));
      expect(system.inputs).toEqual([]);
    });
    expect(system.inputs).toHaveLength(1);
  });

  it("is counted, and refused from a source that was closed", () => {
    const system = rig();
    const source = system.live.openSource();
    source.deliver(0, bytes("abc"));
    source.close();
    source.deliver(0, bytes("d"));
    expect(system.live.report()).toMatchObject({ inputs: 1, inputBytes: 3 });
  });
});

describe("a host that can't keep up", () => {
  it("lags by what it is behind, and catches up when the system has less to do", () => {
    const system = rig();
    system.live.openSource();
    // Two host milliseconds for each of its own.
    system.cost = 0.002;
    system.work.push([0, 100_000]);
    for (let count = 0; system.session.nextAt() !== Infinity && count < 1000; count++) system.live.step(Infinity);
    const { lagMilliseconds, greatestLagMilliseconds } = system.live.report();
    expect(greatestLagMilliseconds).toBeGreaterThan(80);
    expect(lagMilliseconds).toBe(0);
    system.settle();
    expect(system.session.now()).toBeGreaterThanOrEqual(199_000);
  });

  it("says the frequency that it would hold", () => {
    const system = rig();
    system.live.openSource();
    system.cost = 0.004;
    system.work.push([0, 1e6]);
    for (let count = 0; count < 200; count++) system.live.step(Infinity);
    expect(system.live.report().sustainableHz).toBeCloseTo(250_000, -3);
    expect(rig().live.report().sustainableHz).toBeNull();
  });

  it("does not count pauses", () => {
    const system = rig();
    system.live.openSource();
    system.work.push([0, 1e9]);
    system.settle();
    const before = system.session.now();
    system.live.pause();
    system.host += 60_000;
    expect(system.live.report().lagMilliseconds).toBe(0);
    system.settle();
    expect(system.session.now() - before).toBeLessThanOrEqual(1000);
  });

  it("goes slower when asked, never faster than the host's clock", () => {
    const system = rig();
    system.live.openSource();
    system.live.setSpeed(0.5);
    system.settle();
    system.host += 100;
    system.settle();
    expect(system.session.now()).toBe(50_000);
    system.live.setSpeed(Infinity);
    system.host += 100;
    system.settle();
    expect(system.session.now()).toBe(150_000);
  });
});

describe("a real session with inputs", () => {
  it("comes to the same hash when they are handed over much earlier, or one by one", () => {
    const inputs = [3000, 4500, 4501, 9000, 30_000].map((at) => [at, bytes(`at ${at}`)] as const);
    const early = bootProgram("quicksort");
    for (const [at, input] of inputs) early.inject(0, at, input);
    early.run({ until: 100_000 });
    const late = bootProgram("quicksort");
    for (const [at, input] of inputs) {
      const latest = at - late.hal.leastLatencyCycles;
      if (late.now() < latest) late.run({ until: latest });
      expect(late.soonestInput()).toBeLessThanOrEqual(at);
      late.inject(0, at, input);
    }
    late.run({ until: 100_000 });
    const without = bootProgram("quicksort");
    without.run({ until: 100_000 });
    expect(late.hashes()).toEqual(early.hashes());
    expect(late.hashes()).not.toEqual(without.hashes());
  });
});
