/**
 * Runs translated code, region after region, and does what it can't: accounts for what has run, finds what comes next,
 * and says why it goes no further.
 */
import { Bug } from "../../../../errors.js";
import { MXCSR_OFFSET } from "../../../state.js";
import type { Slice } from "../../../turn.js";
import type { SliceEnd } from "../../engine.js";
import { DISPATCH_STEP, isReady, REPEATING_STEP, SYSTEM_CALL_STEP } from "../emit/index.js";
import { EXCESS_OFFSET, FLOOR_OFFSET, LeaveReason, REASON_OFFSET, TIME_OFFSET } from "../layout.js";
import type { Region, StopPoint } from "../plan/index.js";
import type { EngineCore } from "./engine-core.js";
import { moveToReference, ripOf, standAt } from "./hand-over.js";
import { asksReference, noteCalled, searchAt } from "./polling-search.js";
import { noteCall } from "./region-batches.js";
import { type ExitRow, pointOf } from "./region-exits.js";
import { noteJump } from "./jump-cache.js";
import { noteTimeIn } from "./promotion.js";
import { noteHop } from "./region-modules.js";
import { noteFloatsLeft } from "./region-store.js";
import { beginCall } from "./synchroniser.js";
import type { Translator } from "./translator.js";

const MOST_CYCLES = 2 ** 30;
/** Blocks that the reference engine runs to find a polling loop that translated code didn't find. */
const BLOCKS_TO_FIND_POLLING = 256;

export const LIMIT: SliceEnd = { kind: "limit" };
export const DEFER: SliceEnd = { kind: "defer" };
const SYSTEM_CALL: SliceEnd = { kind: "exit", exit: { kind: "syscall" } };

/**
 * Runs translated code from the start of a region for as long as it goes. Null where the core is the reference engine's
 * then, or where no time is left.
 */
export function runTranslated(
  translator: Translator,
  engineCore: EngineCore,
  first: Region,
  slice: Slice,
): SliceEnd | null {
  const { finder, regions } = translator;
  const { core } = engineCore;
  const startedAt = core.now;
  let region: Region | null = first;
  while (region !== null) {
    // Within the code of another core, regions stay as they are: that core may be in one.
    if (region.reach === "near" && !slice.isNested && noteCall(regions, core, region)) {
      region = replacementOf(translator, engineCore, region);
      continue;
    }
    const left = Math.min(slice.until - core.now, slice.instructions, MOST_CYCLES);
    if (left < region.entryCycles) {
      if (slice.isSoft && core.now > startedAt) return LIMIT;
      if (left > 0) moveToReference(translator, engineCore, false);
      return null;
    }
    const exit = callRegion(translator, engineCore, region, slice, left);
    const row = regions.exits[exit];
    if (row === null && exit > 0) throw new Bug(`no exit ${exit}`);
    const cycles = account(translator, engineCore, slice, left, row);
    const standing = isBetweenBlocks(row) ? regions.regionOf[exit] : null;
    if (standing !== null && !slice.isNested) noteTimeIn(regions, engineCore, standing, cycles);
    if (row === null || row.step === DISPATCH_STEP) {
      region = nextBlock(translator, engineCore, slice, region);
      continue;
    }
    if (row.step === SYSTEM_CALL_STEP) return endWithSystemCall(translator, engineCore);
    const point = pointOf(regions.points, row);
    standAt(translator, engineCore, point);
    const reason = takeReason(translator, engineCore);
    if (row.step === -1) {
      if (reason === LeaveReason.Defer) return defer(translator);
      region = blockAgain(translator, engineCore, slice, point);
    } else if (reason === LeaveReason.None) {
      leaveToReference(translator, engineCore, slice, row, point, exit);
      return null;
    } else {
      const end = stopAtShared(translator, engineCore, point, reason);
      if (end !== null) return end;
      region = finder.regionFrom(engineCore, point, !slice.isNested);
      if (region === null && slice.isNested) return LIMIT;
      if (region === null || asksReference(point)) {
        engineCore.keeps = BLOCKS_TO_FIND_POLLING;
        moveToReference(translator, engineCore, true);
        return null;
      }
    }
  }
  moveToReference(translator, engineCore, false);
  return null;
}

/** The time of this call, or of the slice, was up before a block began. */
function isBetweenBlocks(row: ExitRow | null): boolean {
  return row !== null && (row.step === -1 || row.step === DISPATCH_STEP);
}

/** The far region that is there now instead of a near one, if the core may use it. */
function replacementOf(translator: Translator, engineCore: EngineCore, { point }: Region): Region | null {
  const { finder } = translator;
  return point === null
    ? finder.regionAt(engineCore, ripOf(translator, engineCore))
    : finder.regionFrom(engineCore, point, true);
}

/** Calls a region, with `left` cycles that may pass. Gives its exit. */
function callRegion(
  translator: Translator,
  engineCore: EngineCore,
  region: Region,
  slice: Slice,
  left: number,
): number {
  const { words, synchroniser } = translator;
  const { core, base } = engineCore;
  noteJump(engineCore.jumps, region);
  const time = (base + TIME_OFFSET) >>> 2;
  const floor = (base + FLOOR_OFFSET) >>> 2;
  words[time] = left;
  words[time + 1] = 0;
  words[(base + EXCESS_OFFSET) >>> 2] = 0;
  words[floor] = Math.max(0, left - Math.max(engineCore.quantumCycles, region.entryCycles));
  words[floor + 1] = 0;
  beginCall(synchroniser, engineCore.sharing, slice, left);
  translator.counts.calls++;
  engineCore.last = region;
  engineCore.stoppedAt = null;
  core.blockStart = 0n;
  core.blockIndex = 0;
  const exit = region.run(base);
  noteCalled(synchroniser, engineCore.sharing, region.point !== null);
  return exit;
}

/**
 * Charges the core for what has run since `left` cycles were left, and gives these cycles. `row`: of the exit; null at
 * the start of a block.
 */
function account(
  { words, counts }: Translator,
  { core, base }: EngineCore,
  slice: Slice,
  left: number,
  row: ExitRow | null,
): number {
  const excess = words[(base + EXCESS_OFFSET) >>> 2];
  let cycles = left - (words[(base + TIME_OFFSET) >>> 2] | 0);
  let retired = cycles - excess;
  if (row !== null && row.step === REPEATING_STEP) {
    retired--;
  } else if (row !== null && row.step !== SYSTEM_CALL_STEP && row.step !== DISPATCH_STEP) {
    const { prefix, count } = row.plan;
    const done = Math.max(row.step, 0);
    const undone = prefix[count] - prefix[done];
    // mutant exit-gives-no-cycles-back:
    cycles -= undone;
    // mutant block-retires-as-a-whole:
    retired = cycles - excess;
    // More cycles than instructions of what is undone are in the excess already, unless the block has not begun.
    if (row.step >= 0) retired += undone - (count - done);
  }
  core.now += cycles;
  core.retired += retired;
  slice.instructions -= retired;
  counts.translated += retired;
  return cycles;
}

/** The region at RIP, behind a block that was run to its end in `from`. */
function nextBlock(translator: Translator, engineCore: EngineCore, slice: Slice, from: Region): Region | null {
  const { finder, regions, counts } = translator;
  counts.leftForBlock++;
  const region = finder.regionAt(engineCore, ripOf(translator, engineCore));
  if (region !== null && !slice.isNested) noteHop(regions, from, region);
  return region;
}

/** The region that goes on with a block which did not fit into the time that was left. */
function blockAgain(
  { finder, counts }: Translator,
  engineCore: EngineCore,
  slice: Slice,
  point: StopPoint,
): Region | null {
  counts.leftForTime++;
  return point.index > 0
    ? finder.regionFrom(engineCore, point, !slice.isNested)
    : finder.regionAt(engineCore, point.rip);
}

function endWithSystemCall({ counts }: Translator, { core }: EngineCore): SliceEnd {
  core.blockStart = 0n;
  core.blockIndex = 0;
  counts.systemCalls++;
  return SYSTEM_CALL;
}

function defer({ counts }: Translator): SliceEnd {
  counts.deferred++;
  return DEFER;
}

/** The core stopped before an access to a shared page. Null where it may go on. */
function stopAtShared(
  translator: Translator,
  engineCore: EngineCore,
  point: StopPoint,
  reason: LeaveReason,
): SliceEnd | null {
  const polling = searchAt(translator.synchroniser, engineCore.sharing, point, reason);
  if (polling !== null) {
    translator.counts.polls++;
    return { kind: "poll", polling };
  }
  return reason === LeaveReason.Defer ? defer(translator) : null;
}

/** The reference engine has to do the instruction at which a region was left. */
function leaveToReference(
  translator: Translator,
  engineCore: EngineCore,
  slice: Slice,
  row: ExitRow,
  point: StopPoint,
  exit: number,
): void {
  const { counts, regions, words } = translator;
  const { core, base } = engineCore;
  counts.leftInBlock++;
  const mnemonic = point.block.entries[point.index].instruction?.row.mnemonic ?? "?";
  counts.leftBefore.set(mnemonic, (counts.leftBefore.get(mnemonic) ?? 0) + 1);
  if (row.step === REPEATING_STEP) {
    // mutant cut-repetition-starts-again:
    core.repeatStarted = true;
    if (core.now >= slice.until) counts.repetitionsCut++;
  }
  if (row.plan.isFused) noteFloatsLeft(regions, exit, isReady(words[(base + MXCSR_OFFSET) >>> 2]));
  moveToReference(translator, engineCore, true);
}

function takeReason({ words }: Translator, { base }: EngineCore): LeaveReason {
  const at = (base + REASON_OFFSET) >>> 2;
  const reason: LeaveReason = words[at];
  words[at] = LeaveReason.None;
  return reason;
}
