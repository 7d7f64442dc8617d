/**
 * `AheadStores.catchUp` (ahead.ts) as a WebAssembly function, for the gate and for the order:
 *
 *   catchUp(time i64 as low and high i32, core i32) -> i32
 *
 *   0 when all stores up to (time, core) are done; 1 when the next one changes decoded code: the engine's affair
 */
import {
  AHEAD_ADDRESS,
  AHEAD_BOUNDS,
  AHEAD_CAPACITY,
  AHEAD_CORE_STRIDE,
  AHEAD_LINE_COUNT,
  AHEAD_LINES,
  AHEAD_SIZE,
  AHEAD_STORE_BYTES,
  AHEAD_STORES,
  AHEAD_TOTAL,
  AHEAD_VALUE,
} from "../../../ahead.js";
import { FRAME_FLAGS_BASE, FrameFlag, RAM_BASE } from "../../../state.js";
import {
  type FunctionWriter,
  functionOf,
  FUNCTIONS,
  i32,
  I32,
  i64,
  I64,
  load16,
  load32,
  load64,
  load8,
  type Local,
  select,
  tee,
} from "../assembler/index.js";

/** Where stores that wait for their turn lie in the machine's memory, and how many cores there are. */
export interface AheadArea {
  readonly aheadBase: number;
  readonly coreCount: number;
}

interface Locals {
  /** The core that is looked at, and offsets of its bounds and its first store. */
  readonly other: Local<I32>;
  readonly bound: Local<I32>;
  readonly store: Local<I32>;
  readonly cycle: Local<I64>;
  /** The core whose store comes first, that store and its number. */
  readonly first: Local<I32>;
  readonly firstStore: Local<I32>;
  readonly firstCycle: Local<I64>;
  readonly number: Local<I32>;
  readonly physical: Local<I32>;
  readonly size: Local<I32>;
  /** What comes before this is done: of all stores; of the first core's, until it is another's turn. */
  readonly end: Local<I64>;
  readonly limit: Local<I64>;
}

/** (low and high half of the time, core) -> 1 when the engine has to do the next store */
export function catchUp(ahead: AheadArea): Uint8Array {
  return functionOf(FUNCTIONS.catchUp, (write, low, high, core) => {
    const [other, bound, store, first, firstStore, number, physical, size] = write.locals(I32, 8);
    const [end, limit, cycle, firstCycle] = write.locals(I64, 4);
    const at: Locals = {
      other,
      bound,
      store,
      cycle,
      first,
      firstStore,
      firstCycle,
      number,
      physical,
      size,
      end,
      limit,
    };
    const bounds = ahead.aheadBase + AHEAD_BOUNDS;
    const stores = ahead.aheadBase + AHEAD_STORES;
    const total = ahead.aheadBase + AHEAD_TOTAL;
    const lines = ahead.aheadBase + AHEAD_LINES;
    write.loop((again) => {
      write.if(load32(0, total).eqz(), () => write.return(i32(0)));
      writeSearch(write, ahead, at);
      // Before (time, core), of the core itself also at that time.
      const time = low.extendU().or(high.extendU().shl(32));
      // mutant all-cores-stores-are-made: write.if(tee(end, time.add(1)).leS(firstCycle), () => write.return(i32(0)));
      write.if(tee(end, time.add(first.leS(core).extendU())).leS(firstCycle), () => write.return(i32(0)));
      write.set(limit, select(end.ltS(limit), end, limit));
      write.set(number, load32(tee(bound, first.shl(3)), bounds));
      write.loop((next) => {
        const frame = tee(physical, load32(firstStore, stores + AHEAD_ADDRESS)).shrU(12);
        write.if(load8(frame, FRAME_FLAGS_BASE).and(FrameFlag.Code), () => write.return(i32(1)));
        writePerform(write, stores + AHEAD_VALUE, stores + AHEAD_SIZE, at);
        write.store32(bound, bounds, tee(number, number.add(1)));
        write.store32(0, total, load32(0, total).add(-1));
        const line = physical
          .shrU(6)
          .and(AHEAD_LINE_COUNT - 1)
          .shl(2);
        write.store32(tee(physical, line), lines, load32(physical, lines).add(-1));
        // The core's next, if there is one and its turn has come.
        write.brIf(again, number.eq(load32(bound, bounds + 4)));
        /* mutant stores-pass-another-turn:
           write.brIf(next, load64(tee(firstStore, placeOf(number, first)), stores).ltS(end)); */
        write.brIf(next, load64(tee(firstStore, placeOf(number, first)), stores).ltS(limit));
      });
      write.br(again);
    });
    write.unreachable();
  });
}

/** Where a core's store of a number is, from the first of all. */
function placeOf(number: I32, core: I32): I32 {
  return number
    .and(AHEAD_CAPACITY - 1)
    .shl(Math.log2(AHEAD_STORE_BYTES))
    .add(core.shl(Math.log2(AHEAD_CORE_STRIDE)));
}

/** The core whose store comes first, and where the first of the other cores' limits it. */
function writeSearch(
  write: FunctionWriter,
  { aheadBase, coreCount }: AheadArea,
  { other, bound, store, cycle, first, firstStore, firstCycle, limit }: Locals,
): void {
  const bounds = aheadBase + AHEAD_BOUNDS;
  const never = i64((1n << 63n) - 1n);
  write.set(firstCycle, never);
  write.set(limit, never);
  write.set(other, i32(0));
  write.loop((next) => {
    const waits = tee(store, load32(tee(bound, other.shl(3)), bounds)).ne(load32(bound, bounds + 4));
    write.if(waits, () => {
      const itsCycle = tee(cycle, load64(tee(store, placeOf(store, other)), aheadBase + AHEAD_STORES));
      write.if(
        itsCycle.ltS(firstCycle),
        () => {
          // What was first limits this core, whose number is larger: at the same cycle it comes after it.
          write.set(limit, firstCycle);
          write.set(firstCycle, cycle);
          write.set(first, other);
          write.set(firstStore, store);
        },
        () => {
          // At the same cycle the one found before comes first.
          const behind = tee(cycle, cycle.add(1));
          write.set(limit, select(cycle.ltS(limit), behind, limit));
        },
      );
    });
    write.brIf(next, tee(other, other.add(1)).ltS(coreCount));
  });
}

/** The value into RAM. */
function writePerform(
  write: FunctionWriter,
  value: number,
  sizeOffset: number,
  { physical, firstStore, size }: Locals,
): void {
  const copy = (from: number): void => write.store64(physical, RAM_BASE + from, load64(firstStore, value + from));
  const ways: readonly (readonly [sizeBytes: number, perform: () => void])[] = [
    [8, () => copy(0)],
    [4, () => write.store32(physical, RAM_BASE, load32(firstStore, value))],
    // mutant half-a-word-is-made: [2, () => write.store8(physical, RAM_BASE, load8(firstStore, value))]
    [2, () => write.store16(physical, RAM_BASE, load16(firstStore, value))],
    [
      16,
      () => {
        copy(0);
        // mutant upper-half-is-not-made:
        copy(8);
      },
    ],
  ];
  write.set(size, load32(firstStore, sizeOffset));
  ways.reduceRight(
    (otherwise, [sizeBytes, perform]) =>
      () =>
        write.if(size.eq(sizeBytes), perform, otherwise),
    () => write.store8(physical, RAM_BASE, load8(firstStore, value)),
  )();
}
