/**
 * The judge of a session's past: a run forward on one session, and a walk to and fro on another, whose states at the
 * same cycles must be the same to the last bit: memory, registers, hashes, kernel, devices, ledger.
 *
 * @import { Session } from "../../dist/system/index.js"
 * @import * as Library from "../../dist/system/index.js"
 */
import { createHash } from "node:crypto";

/**
 * All that there is of a state: whoever differs in it differs. Hashes lie in the pages.
 * @param {Session} session
 */
export function fingerprint(session) {
  const hash = createHash("sha256");
  const { machine, kernel, devices, ledger, reached } = session.takeMoment();
  for (const [index, group] of [machine.outside, ...machine.groups].entries())
    for (const [number, page] of group.entries()) if (page !== null) hash.update(`${index}.${number}:`).update(page);
  const text = (value) => JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${item}n` : plain(item)));
  hash.update(text([machine.cores, kernel, devices, ledger, reached, session.retired()]));
  return hash.digest("hex");
}

/** Typed arrays and maps as JSON has them. */
function plain(item) {
  if (item instanceof Uint8Array) return createHash("sha256").update(item).digest("hex");
  return item instanceof Map ? [...item] : item;
}

/** A generator of numbers below `count`. */
export function createRandom(seed) {
  let state = seed >>> 0 || 1;
  return (count) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return Math.floor((state / 4294967296) * count);
  };
}

const STEPS = /** @type {const} */ ([
  { unit: "instruction" },
  { unit: "instruction" },
  { unit: "instruction" },
  { unit: "call" },
  { unit: "event" },
]);

/**
 * Chooses points of a run, notes what a forward run passes through there and one step of some kind before, and demands
 * that a walk in another order finds the same. Returns what differs, or null.
 *
 * @param {{ library: typeof Library, plan: Library.SystemPlan, seed: number, points: number, untilCycles: number,
 *   options?: Library.SessionOptions, shouldStop?: () => boolean, onPoint?: (done: number) => void }} run
 */
export function walk({ library, plan, seed, points, untilCycles, options, shouldStop, onPoint }) {
  const random = createRandom(seed);
  const { createHistory, createSession } = library;
  const history = createHistory(createSession(plan, options));
  history.run({ until: untilCycles });
  /** Where a random step back from a random point leads. */
  const chosen = Array.from({ length: points }, () => 1 + random(untilCycles));
  const cores = plan.cores.filter(({ kind }) => kind !== "off").map(({ id }) => id);
  /** @type {Map<number, string>} */
  const seen = new Map();
  let done = 0;
  for (const point of chosen) {
    if (shouldStop?.() === true) break;
    history.goTo(point);
    seen.set(point, fingerprint(history.session));
    const mark = { unit: STEPS[random(STEPS.length)].unit, core: cores[random(cores.length)] };
    const found = history.previous(mark);
    const at = history.now();
    seen.set(at, fingerprint(history.session));
    // What was stepped over lies between the place and the next cycle.
    if (found && (!history.next(mark) || history.now() !== at + 1))
      return `from cycle ${point} a ${mark.unit} of core ${mark.core} back leads to ${at}, and forward to ${history.now()}`;
    onPoint?.(++done);
  }
  const forward = createSession(plan, options);
  const places = [...seen.keys()];
  places.sort((a, b) => a - b);
  for (const at of places) {
    forward.run({ until: at });
    if (forward.now() < at) forward.idleTo(at);
    if (fingerprint(forward) !== seen.get(at))
      return `the state at cycle ${at} is not the one that a run passes through`;
  }
  return null;
}
