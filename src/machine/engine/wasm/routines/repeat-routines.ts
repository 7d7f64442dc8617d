/**
 * REP MOVS, STOS, LODS, CMPS and SCAS with 64-bit addresses: whole iterations, a page at a time.
 *
 * Invariant: a routine returns between two iterations, with the registers and the time as they are there: at the end of
 * the repetition, when no time is left, or where an element needs the reference engine (a fault, a guarded page), of
 * which nothing has happened then. Accesses are translated in the order of string.ts.
 */
import { TlbKind } from "../../../memory/tlb.js";
import { RAM_BASE } from "../../../state.js";
import { functionOf, FUNCTIONS, i32, I32, i64, I64, type Label, type Local, select, tee } from "../assembler/index.js";
import { type Pointer, RepeatWriter } from "./repeat-writer.js";

/** Fewer bytes are moved an element at a time: V8 calls into C++ for the bulk instructions. */
const BULK_BYTES = 32;

/** What CMPS and SCAS found, besides registers and operands. */
export const enum RepeatEnd {
  /** The condition ended it, or the count. */
  Done = 0,
  Unfinished = 1,
  /** Not one iteration has run: there are no operands. */
  NotBegun = 2,
}

/** (core, time, rcx, rsi, rdi, size) -> (time, rcx, rsi, rdi) */
export function repeatMove(iterationCycles: number): Uint8Array {
  return functionOf(FUNCTIONS.repeatMove, (write, core, time, rcx, rsi, rdi, size) => {
    const repeat = new RepeatWriter(write, { core, time, rcx, size }, iterationCycles);
    const [source, target] = [repeat.source(rsi), repeat.target(rdi)];
    const { bytes, value } = repeat;
    const inPage = (end: Label): void => {
      repeat.writeTranslation(source, TlbKind.Read, end);
      repeat.writeTranslation(target, TlbKind.Write, end);
      repeat.writeLowest(source, target);
      // How far the target runs ahead of the source, in the direction of the copy: less than all, and it is read again.
      const ahead = select(repeat.goesDown().eqz(), target.low.sub(source.low), source.low.sub(target.low));
      // mutant copy-over-itself-is-made-at-once: const isReadAgain = ahead.sub(1).ltU(1);
      const isReadAgain = ahead.sub(1).ltU(bytes.sub(1));
      write.if(
        isReadAgain.or(bytes.ltU(BULK_BYTES)),
        () =>
          repeat.writeEach(
            () => {
              write.set(value, repeat.elementAt(source));
              repeat.writeElement(target, value);
            },
            source,
            target,
          ),
        () => write.copyMemory(target.low.add(RAM_BASE), source.low.add(RAM_BASE), bytes),
      );
    };
    const across = (end: Label): void => {
      repeat.writeLoadSlowly(source, value, end);
      repeat.writeStoreSlowly(target, value, end);
    };
    repeat.writePages([source, target], inPage, across, (again) => write.br(again));
    for (const result of [time, rcx, rsi, rdi]) write.push(result);
  });
}

/** (core, time, rcx, rdi, rax, size) -> (time, rcx, rdi) */
export function repeatStore(iterationCycles: number): Uint8Array {
  return functionOf(FUNCTIONS.repeatStore, (write, core, time, rcx, rdi, rax, size) => {
    const repeat = new RepeatWriter(write, { core, time, rcx, size }, iterationCycles);
    const target = repeat.target(rdi);
    const { bytes } = repeat;
    const inPage = (end: Label): void => {
      repeat.writeTranslation(target, TlbKind.Write, end);
      repeat.writeLowest(target);
      const isOneByte = size.eq(1).or(rax.eqz());
      write.if(
        bytes.ltU(BULK_BYTES).or(isOneByte.eqz()),
        () => repeat.writeEach(() => repeat.writeElement(target, rax), target),
        () => write.fillMemory(target.low.add(RAM_BASE), rax.wrap(), bytes),
      );
    };
    const across = (end: Label): void => repeat.writeStoreSlowly(target, rax, end);
    repeat.writePages([target], inPage, across, (again) => write.br(again));
    for (const result of [time, rcx, rdi]) write.push(result);
  });
}

/** (core, time, rcx, rsi, rax, size) -> (time, rcx, rsi, rax) */
export function repeatLoad(iterationCycles: number): Uint8Array {
  return functionOf(FUNCTIONS.repeatLoad, (write, core, time, rcx, rsi, rax, size) => {
    const repeat = new RepeatWriter(write, { core, time, rcx, size }, iterationCycles);
    const source = repeat.source(rsi);
    const { value, offset } = repeat;
    const writeAccumulator = (element: I64): void => {
      write.set(value, element);
      // The bits that stay: all above 8 or 16, none above 32.
      const kept = select(size.geU(4), i64(0), i64(-1).shl(size.shl(3).extendU()));
      // mutant lods-clears-the-rest: write.set(rax, value);
      write.set(rax, rax.and(kept).or(value));
    };
    const inPage = (end: Label): void => {
      repeat.writeTranslation(source, TlbKind.Read, end);
      repeat.writeToLast(source);
      writeAccumulator(repeat.elementAt(source));
    };
    const across = (end: Label): void => {
      repeat.writeLoadSlowly(source, offset, end);
      writeAccumulator(offset);
    };
    repeat.writePages([source], inPage, across, (again) => write.br(again));
    for (const result of [time, rcx, rsi, rax]) write.push(result);
  });
}

/** What a comparison has besides. */
interface Comparison {
  /** The operands: `b` is the one at rDI. */
  readonly a: Local<I64>;
  readonly b: Local<I64>;
  readonly end: Local<I32>;
  /** It goes on while they are equal (0), or while they are not (1). */
  readonly stopsOn: I32;
}

function writeComparison(
  repeat: RepeatWriter,
  rcx: I64,
  { a, b, end, stopsOn }: Comparison,
  pointers: readonly Pointer[],
  loadElements: () => void,
  loadSlowly: (outside: Label) => void,
): void {
  const { write } = repeat;
  /** Whether the last comparison ends it. */
  const isOver = a.eq(b).eq(stopsOn);
  write.set(end, i32(RepeatEnd.NotBegun));
  repeat.writePages(
    pointers,
    (outside) => {
      for (const pointer of pointers) repeat.writeTranslation(pointer, TlbKind.Read, outside);
      repeat.writeEachUntil(isOver, loadElements, pointers);
    },
    loadSlowly,
    (again) => write.brIf(again, tee(end, isOver.or(rcx.eqz()).eqz())),
  );
}

/** (core, time, rcx, rsi, rdi, size, stopsOn) -> (time, rcx, rsi, rdi, operand at rDI, operand at rSI, RepeatEnd) */
export function repeatCompare(iterationCycles: number): Uint8Array {
  return functionOf(FUNCTIONS.repeatCompare, (write, core, time, rcx, rsi, rdi, size, stopsOn) => {
    const repeat = new RepeatWriter(write, { core, time, rcx, size }, iterationCycles);
    const a = write.local(I64);
    const end = write.local(I32);
    const b = write.local(I64);
    const [source, target] = [repeat.source(rsi), repeat.target(rdi)];
    const { value, offset } = repeat;
    writeComparison(
      repeat,
      rcx,
      { a, b, end, stopsOn },
      [target, source],
      () => {
        write.set(b, repeat.elementAt(target));
        write.set(a, repeat.elementAt(source));
      },
      (outside) => {
        // Not to be seen before both have been read: the second may fail.
        repeat.writeLoadSlowly(target, value, outside);
        repeat.writeLoadSlowly(source, offset, outside);
        write.set(b, value);
        write.set(a, offset);
      },
    );
    for (const result of [time, rcx, rsi, rdi, b, a, end]) write.push(result);
  });
}

/** (core, time, rcx, rdi, operand in rAX, size, stopsOn) -> (time, rcx, rdi, operand at rDI, RepeatEnd) */
export function repeatScan(iterationCycles: number): Uint8Array {
  return functionOf(FUNCTIONS.repeatScan, (write, core, time, rcx, rdi, a, size, stopsOn) => {
    const repeat = new RepeatWriter(write, { core, time, rcx, size }, iterationCycles);
    const end = write.local(I32);
    const b = write.local(I64);
    const target = repeat.target(rdi);
    const { value } = repeat;
    writeComparison(
      repeat,
      rcx,
      { a, b, end, stopsOn },
      [target],
      () => write.set(b, repeat.elementAt(target)),
      (outside) => {
        repeat.writeLoadSlowly(target, value, outside);
        write.set(b, value);
      },
    );
    for (const result of [time, rcx, rdi, b, end]) write.push(result);
  });
}
