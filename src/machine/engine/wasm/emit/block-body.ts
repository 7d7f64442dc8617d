/**
 * The code of one cost block as the region's writer asks for it, however it is made; and what all blocks begin with.
 */
import { AHEAD_BOUNDS } from "../../../ahead.js";
import type { FlagName } from "../../../isa/index.js";
import { I32, load32, tee } from "../assembler/index.js";
import { EXCESS_OFFSET, LeaveReason, REASON_OFFSET } from "../layout.js";
import type { BlockPlan } from "../plan/index.js";
import type { NumberExit } from "./effect-code.js";
import type { FunctionBuilder } from "./function-builder.js";

export interface BlockBody {
  /** All but the terminator. `timeExit`: taken with nothing done when the block doesn't fit into the time left. */
  emitBody(timeExit: number, isLoopHead: boolean): void;
  /** Puts flags into their locals: those that are late, or the others. */
  makeFlags(areLate: boolean): void;
  /** Pushes the condition of the block's branch, or the target of its computed jump. */
  pushTerminatorValue(): void;
}

/**
 * `liveFlags`: flags that a following block of the region needs in their locals; `lateFlags`: those of them that are
 * made by `makeFlags`, where a branch leads to the one block that needs them.
 */
export type MakeBody = (
  builder: FunctionBuilder,
  plan: BlockPlan,
  numberExit: NumberExit,
  liveFlags: ReadonlySet<FlagName>,
  lateFlags: ReadonlySet<FlagName>,
) => BlockBody;

/** Takes the block's cycles off the time that is left, and leaves where there are not enough. */
export function writeBlockStart(
  builder: FunctionBuilder,
  { prefix, count, end }: BlockPlan,
  timeExit: number,
  isLoopHead: boolean,
): void {
  const { time, floor } = builder;
  const cycles = prefix[count];
  /* mutant only-loops-look-at-the-time:
     builder.leaveIfUnlikely(tee(time, time.sub(cycles)).ltS(isLoopHead ? floor : -(1n << 62n)), timeExit); */
  /* mutant block-costs-one-less:
     builder.leaveIfUnlikely(tee(time, time.sub(cycles - 1)).ltS(isLoopHead ? floor : 0), timeExit); */
  builder.leaveIfUnlikely(tee(time, time.sub(cycles)).ltS(isLoopHead ? floor : 0), timeExit);
  // mutant call-leaves-waiting-stores:
  if (end.kind === "systemCall") writeTurnCheck(builder, timeExit);
  if (cycles !== count) writeExcess(builder, cycles - count);
}

/** Instructions are counted as cycles; what else these are is kept in memory. */
function writeExcess(builder: FunctionBuilder, cycles: number): void {
  const { core } = builder;
  builder.store32(core, EXCESS_OFFSET, load32(core, EXCESS_OFFSET).add(cycles));
}

/** Nobody goes to the kernel while stores of the core wait for their turn (ahead.ts). */
function writeTurnCheck(builder: FunctionBuilder, exit: number): void {
  const { core } = builder;
  const at = builder.temporaryOf(I32);
  const bounds = builder.aheadBase + AHEAD_BOUNDS;
  // The core's bounds: its number (core >> 16) times 8.
  const waits = load32(tee(at, core.shrU(13)), bounds).ne(load32(at, bounds + 4));
  builder.ifUnlikely(waits, () => {
    builder.store32(core, REASON_OFFSET, LeaveReason.Defer);
    builder.leave(exit);
  });
}
