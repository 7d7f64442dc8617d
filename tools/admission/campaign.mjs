/**
 * Random systems for admission: what is bounded runs on the `model` HAL, with the kernel and policies that ship, and
 * no response may be above its bound. Systems are a function of their seed.
 */
import { SYSTEM_CALLS } from "../../dist/abi/index.js";
import { NO_DEVICES } from "../../dist/devices/index.js";
import { createModelHal } from "../../dist/hal/model-hal.js";
import { createKernel } from "../../dist/kernel/index.js";
import * as admission from "../../dist/system/admission/admit.js";
import { latenessOptions } from "../../dist/system/session.js";
import { createLateness, TraceStream } from "../../dist/trace/index.js";

/** @typedef {{ boundResponses: typeof admission.boundResponses }} AdmissionLibrary */
/** @typedef {import("../../dist/hal/model-hal.js").ModelAction} Action */
/** @typedef {import("../../dist/kernel/plan.js").SystemPlan} SystemPlan */
/** @typedef {import("../../dist/kernel/plan.js").CorePlan} CorePlan */
/** @typedef {import("../../dist/kernel/plan.js").ThreadPlan} ThreadPlan */

/**
 * mulberry32: numbers from 0 to below 1.
 * @param {number} seed
 */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param {number} cycles @returns {Action} */
const run = (cycles) => ({ kind: "run", cycles });
/** @param {number} number @param {(number | { fromNow: number })[]} values @returns {Action} */
const call = (number, ...values) => ({ kind: "call", number, arguments: values });
/** @type {Action} */
const again = { kind: "loop", to: 0 };

/** Periods of a few magnitudes, so that runs are short and phases many. */
const PERIODS = [8_000, 10_000, 12_000, 16_000, 20_000, 25_000, 40_000, 60_000];

/**
 * A system: one measured partition with two to five periodic threads, by fixed priority or deadline, on a core of its
 * own, in windows or with a reservation; a neighbour that does what it can; perhaps, on another core, a peer that
 * rings.
 *
 * @param {number} seed
 * @returns {{ plan: SystemPlan, programs: Action[][] }}
 */
export function makeSystem(seed) {
  const next = generator(seed);
  /** @param {number} least @param {number} most */
  const whole = (least, most) => least + Math.floor(next() * (most - least + 1));
  const policy = next() < 0.5 ? /** @type {const} */ ("fixed-priority") : /** @type {const} */ ("earliest-deadline");
  const placement = ["dedicated", "windows", "reservations"][whole(0, 2)];
  const isRung = next() < 0.4;
  const share = placement === "dedicated" ? 1 : 0.5;
  const count = whole(2, 5);
  /** @type {Action[][]} */
  const programs = [];
  /** @type {ThreadPlan[]} */
  const threads = [];
  const utilisation = share * (0.25 + 0.6 * next());
  for (let index = 0; index < count; index++) {
    const periodCycles = PERIODS[whole(0, PERIODS.length - 1)];
    const ran = Math.max(20, Math.floor((periodCycles * utilisation * (0.4 + 1.2 * next())) / count));
    // Calls take a cycle each beside their paths, which are counted as the thread's.
    const calls = whole(0, 2);
    const parts = Array.from({ length: calls + 1 }, () => run(Math.ceil(ran / (calls + 1))));
    programs.push([
      ...parts.flatMap((part) => [part, call(SYSTEM_CALLS.mode.number, 0)]).slice(0, -1),
      call(SYSTEM_CALLS.periodic_wait.number),
      again,
    ]);
    const callCycles = calls * (1 + SYSTEM_CALL_CYCLES);
    threads.push({
      id: index,
      name: `t${index}`,
      rip: 0x40_0000n,
      rsp: 0x7f00_0100_0000n,
      entry: 0n,
      priority: whole(0, 9),
      periodCycles,
      deadlineCycles: next() < 0.5 ? periodCycles : Math.floor(periodCycles * (0.5 + 0.5 * next())),
      wcetCycles: Math.ceil(ran / (calls + 1)) * (calls + 1) + 1 + callCycles,
      overrun: "catch up",
    });
  }
  /** @param {Action[]} program @returns {ThreadPlan} */
  const other = (program) => ({
    id: programs.push(program) - 1,
    name: "main",
    rip: 0x40_0000n,
    rsp: 0x7f00_0100_0000n,
    entry: 0n,
    priority: 0,
    periodCycles: null,
    deadlineCycles: null,
    wcetCycles: null,
    overrun: "catch up",
  });
  const hogs = [
    [run(1_000_000), again],
    [call(SYSTEM_CALLS.yield.number), again],
    [run(whole(50, 900)), call(SYSTEM_CALLS.wait.number, 0, { fromNow: whole(50, 2_000) }), again],
  ];
  const neighbour = other(hogs[whole(0, 2)]);
  const ringer = other([run(whole(20, 900)), call(SYSTEM_CALLS.notify.number, 0), again]);
  const frame = 10_000;
  /** @type {CorePlan} */
  const core =
    placement === "dedicated"
      ? { kind: "dedicated", partition: 0 }
      : placement === "windows"
        ? {
            kind: "windows",
            frameCycles: frame,
            windows: [
              { partition: 0, startCycles: 0, lengthCycles: 6_500 },
              { partition: 1, startCycles: 6_500, lengthCycles: 3_500 },
            ],
          }
        : {
            kind: "reservations",
            reservations: [
              { partition: 0, budgetCycles: 3_600, periodCycles: 6_000 },
              { partition: 1, budgetCycles: 2_000, periodCycles: whole(7_000, 12_000) },
            ],
            slack: [],
          };
  /** @param {number} id @param {string} name @param {ThreadPlan[]} rows @param {number} at */
  const partition = (id, name, rows, at) => ({
    id,
    name,
    class: /** @type {const} */ ("realtime"),
    policy: id === 0 ? policy : null,
    core: at,
    memory: { at: (id + 1) * 0x20_0000, sizeBytes: 0x20_0000 },
    tables: { at: (id + 1) * 0x20_0000, sizeBytes: 0x1_0000 },
    regions: [],
    threads: rows,
    channelEnds: isRung && id !== 1 ? [{ channel: 0, end: id === 0 ? 1 : 0 }] : [],
    pools: [],
    restart: { action: /** @type {const} */ ("stop"), limit: 0 },
    program: "a.elf",
    symbols: [],
  });
  const plan = {
    name: "admission",
    machine: { cores: 3, memoryBytes: 64 * 1024 * 1024, frequencyHz: 1e9, timing: /** @type {const} */ ("flat"), seed },
    cores: [
      core,
      { kind: /** @type {const} */ ("dedicated"), partition: 2 },
      placement === "dedicated"
        ? { kind: /** @type {const} */ ("dedicated"), partition: 1 }
        : { kind: /** @type {const} */ ("off") },
    ],
    partitions: [
      partition(0, "measured", threads, 0),
      partition(1, "neighbour", [neighbour], placement === "dedicated" ? 2 : 0),
      partition(2, "ringer", [ringer], 1),
    ],
    devices: [],
    channels: isRung
      ? [
          {
            id: 0,
            name: "bell",
            kind: /** @type {const} */ ("queue"),
            slots: 2,
            slotBytes: 64,
            full: 0,
            replyBytes: 0,
            refreshCycles: 0,
            links: [{ from: 0, to: 1, fromSide: 0, toSide: 0 }],
            ends: [
              {
                role: /** @type {const} */ ("producer"),
                owner: { kind: /** @type {const} */ ("partition"), partition: 2 },
              },
              {
                role: /** @type {const} */ ("consumer"),
                owner: { kind: /** @type {const} */ ("partition"), partition: 0 },
              },
            ],
          },
        ]
      : [],
    pools: [],
    blocks: [],
  };
  return { plan, programs };
}

/** Of `mode`, on flat: entry, body and return. */
const SYSTEM_CALL_CYCLES = 38;

const UNTIL = 400_000;

/**
 * What a seed's system shows: bounds, the largest response observed of each, and whether one is above.
 *
 * @param {number} seed
 * @param {AdmissionLibrary} [library]
 */
export function findViolation(seed, library = admission) {
  const { plan, programs } = makeSystem(seed);
  const bounds = library.boundResponses(plan).filter(({ partition }) => partition.id === 0);
  const trace = new TraceStream(plan.cores.length);
  const lateness = createLateness(trace, latenessOptions(plan));
  const hal = createModelHal({ cores: plan.cores.length, frequencyHz: plan.machine.frequencyHz, programs, trace });
  const kernel = createKernel({ plan, hal, trace, devices: NO_DEVICES });
  kernel.boot();
  hal.run(kernel.supervisor, { until: UNTIL });
  const accounts = lateness.accounts();
  let violation = "";
  const rows = bounds.map(({ thread, verdict }) => {
    const { activations, mostResponseCycles } = accounts[thread.id];
    const isMet = verdict?.isMet === true;
    if (isMet && mostResponseCycles > verdict.boundCycles)
      violation = `seed ${seed}: ${thread.name} took ${mostResponseCycles}, above its bound of ${verdict.boundCycles}`;
    if (isMet && activations === 0) violation = `seed ${seed}: ${thread.name} was never done`;
    return {
      isMet,
      bound: isMet ? verdict.boundCycles : Infinity,
      observed: mostResponseCycles,
      missed: mostResponseCycles > (thread.deadlineCycles ?? Infinity),
    };
  });
  const isAdmitted = rows.every(({ isMet }) => isMet);
  return {
    violation,
    isAdmitted,
    isFixed: plan.partitions[0].policy === "fixed-priority",
    hasMissed: rows.some(({ missed }) => missed),
    bounds: rows.filter(({ isMet }) => isMet).length,
    ratios: rows.filter(({ isMet, observed }) => isMet && observed > 0).map(({ bound, observed }) => bound / observed),
  };
}
