/**
 * REP MOVS, STOS, CMPS and SCAS with 64-bit addresses: whole iterations, a page at a time.
 *
 * Invariant: a routine returns between two iterations, with the registers and the time as they are there: at the end of
 * the repetition, when no time is left, or where an element needs the reference engine (a fault, a guarded page), of
 * which nothing has happened then. Accesses are translated in the order of string.ts.
 */
import { TlbKind } from "../../../memory/tlb.js";
import {
  RAM_BASE,
  RFLAGS_OFFSET,
  RFlag,
  TLB_FRAMES_BYTES,
  TLB_FRAMES_OFFSET,
  TLB_TAGS_BYTES,
  TLB_TAGS_OFFSET,
} from "../../../state.js";
import {
  call,
  type FunctionWriter,
  functionOf,
  FUNCTIONS,
  i32,
  I32,
  I64,
  type Label,
  load32,
  load64,
  loadBytes,
  type Local,
  select,
  tee,
} from "../assembler/index.js";
import { BULK_ACCESS, EXCESS_OFFSET } from "../layout.js";
import { entryOf } from "./tlb-entry.js";

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

/** Sizes of elements, in the order in which they are asked for. */
const ELEMENT_BYTES = [1, 8, 4, 2] as const;

/** What a repetition has of the guest: parameters of its routine. */
interface GuestLocals {
  readonly core: Local<I32>;
  readonly time: Local<I64>;
  readonly rcx: Local<I64>;
  readonly size: Local<I32>;
}

/** One of the strings: its register, and where an element of it is in RAM. */
interface Pointer {
  readonly register: Local<I64>;
  readonly host: Local<I32>;
  /** Where the lowest of the elements in the page is. */
  readonly low: Local<I32>;
}

/** Writes what the routines have in common. */
class RepeatWriter {
  private readonly step: Local<I32>;
  readonly elements: Local<I32>;
  private readonly room: Local<I32>;
  private readonly slot: Local<I32>;
  private readonly from: Local<I32>;
  private readonly to: Local<I32>;
  private readonly failed: Local<I32>;
  readonly bytes: Local<I32>;
  private readonly lowFrom: Local<I32>;
  private readonly lowTo: Local<I32>;
  readonly done: Local<I32>;
  readonly offset: Local<I64>;
  readonly value: Local<I64>;

  constructor(
    readonly write: FunctionWriter,
    private readonly guest: GuestLocals,
    private readonly iterationCycles: number,
  ) {
    [
      this.step,
      this.elements,
      this.room,
      this.slot,
      this.from,
      this.to,
      this.failed,
      this.bytes,
      this.lowFrom,
      this.lowTo,
      this.done,
    ] = write.locals(I32, 11);
    [this.offset, this.value] = write.locals(I64, 2);
  }

  source(rsi: Local<I64>): Pointer {
    return { register: rsi, host: this.from, low: this.lowFrom };
  }
  target(rdi: Local<I64>): Pointer {
    return { register: rdi, host: this.to, low: this.lowTo };
  }

  goesDown(): I32 {
    return this.step.ltS(0);
  }

  writeStep(): void {
    const { write, step } = this;
    const { core, size } = this.guest;
    // mutant repetition-down-goes-up: const isDown = load32(core, RFLAGS_OFFSET).and(0);
    const isDown = load32(core, RFLAGS_OFFSET).and(RFlag.Direction);
    write.set(step, select(isDown, i32(0).sub(size), size));
  }

  /** elements = how many may run before the count or the time is used up; branches for none. */
  private writeLimit(end: Label): void {
    const { write, elements, iterationCycles } = this;
    const { rcx, time } = this.guest;
    write.brIf(end, rcx.eqz());
    write.brIf(end, tee(elements, time.wrap()).ltS(1));
    if (iterationCycles !== 1) write.set(elements, elements.add(iterationCycles - 1).divU(iterationCycles));
    write.if(rcx.ltU(elements.extendU()), () => write.set(elements, rcx.wrap()));
  }

  /**
   * elements = at most those from the one at a register to the end of its page, in the direction; 0 where it crosses.
   */
  private writeRoom({ register }: Pointer): void {
    const { write, elements, room } = this;
    const { size } = this.guest;
    const offset = register.wrap().and(4095);
    // mutant page-ends-an-element-later: write.set(room, i32(4104).sub(offset).divU(size));
    write.set(room, i32(4096).sub(offset).divU(size));
    write.if(this.goesDown().and(i32(0).ltU(room)), () => write.set(room, offset.divU(size).add(1)));
    write.if(room.ltU(elements), () => write.set(elements, room));
  }

  /** What `fill` is told (gate.ts): synchronising pages are the reference engine's. */
  private flagsOf(kind: TlbKind.Read | TlbKind.Write): I32 {
    return this.guest.size.shl(1).or(kind | BULK_ACCESS);
  }

  /** The host of the element at a register; branches where the reference engine is needed. */
  writeTranslation({ register, host }: Pointer, kind: TlbKind.Read | TlbKind.Write, end: Label): void {
    const { write, slot, offset } = this;
    const { core } = this.guest;
    const entry = tee(slot, entryOf(register, slot, core));
    write.if(
      tee(offset, load64(entry, TLB_TAGS_OFFSET + kind * TLB_TAGS_BYTES).xor(register)).gtU(4095),
      () => {
        const filled = call(
          FUNCTIONS.fill,
          core,
          register.wrap(),
          register.shrU(32).wrap(),
          this.flagsOf(kind),
          i32(0),
        );
        write.brIf(end, tee(host, filled).eq(-1));
      },
      () => write.set(host, load32(slot, TLB_FRAMES_OFFSET + kind * TLB_FRAMES_BYTES).add(offset.wrap())),
    );
  }

  /** value = the element at a register, in whatever pages. */
  writeLoadSlowly({ register }: Pointer, value: Local<I64>, end: Label): void {
    const { write, failed } = this;
    const { core, time } = this.guest;
    write.call(FUNCTIONS.loadSlowly, core, register, this.flagsOf(TlbKind.Read), i32(0), time);
    write.setAll(value, failed);
    write.brIf(end, failed);
  }

  writeStoreSlowly({ register }: Pointer, value: I64, end: Label): void {
    const { core, time } = this.guest;
    const flags = this.flagsOf(TlbKind.Write);
    this.write.brIf(end, call(FUNCTIONS.storeSlowly, core, register, flags, i32(0), time, value));
  }

  /** The element at an offset in RAM. */
  elementAt({ host }: Pointer): I64 {
    const { write } = this;
    const { size } = this.guest;
    return ELEMENT_BYTES.map((bytes) => ({ bytes, value: loadBytes(bytes, host, RAM_BASE) })).reduceRight(
      (others, { bytes, value }) => ({
        bytes,
        value: write.choose(
          I64,
          size.eq(bytes),
          () => value,
          () => others.value,
        ),
      }),
    ).value;
  }

  writeElement({ host }: Pointer, value: I64): void {
    const { write } = this;
    const { size } = this.guest;
    const [last, ...others] = ELEMENT_BYTES.toReversed();
    others.reduce(
      (otherwise, bytes) => () =>
        write.if(size.eq(bytes), () => write.storeBytes(bytes, host, RAM_BASE, value), otherwise),
      () => write.storeBytes(last, host, RAM_BASE, value),
    )();
  }

  /** Registers and time after `elements` iterations. */
  private writeProgress(pointers: readonly Pointer[]): void {
    const { write, elements, step, iterationCycles } = this;
    const { core, rcx, time } = this.guest;
    for (const { register } of pointers) write.set(register, register.add(elements.mul(step).extendS()));
    write.set(rcx, rcx.sub(elements.extendU()));
    // mutant iterations-are-free: write.set(time, time.sub(elements.extendU().mul(0)));
    write.set(time, time.sub(elements.extendU().mul(iterationCycles)));
    // No instruction retires in them.
    // mutant iterations-retire: write.store32(core, EXCESS_OFFSET, load32(core, EXCESS_OFFSET));
    write.store32(core, EXCESS_OFFSET, load32(core, EXCESS_OFFSET).add(elements.mul(iterationCycles)));
  }

  /** bytes = those of all elements; the pointers' `low` are at the lowest of them. */
  writeLowest(...pointers: readonly Pointer[]): void {
    const { write, elements, bytes } = this;
    const { size } = this.guest;
    write.set(bytes, elements.mul(size));
    for (const { host, low } of pointers) write.set(low, host.sub(select(this.goesDown(), bytes.sub(size), i32(0))));
  }

  private writeAdvance(pointers: readonly Pointer[]): void {
    for (const { host } of pointers) this.write.set(host, host.add(this.step));
  }

  /** Runs `element` for each, with the pointers at it; `done` counts them. */
  writeEach(element: () => void, ...pointers: readonly Pointer[]): void {
    const { write, done, elements } = this;
    write.set(done, i32(0));
    write.loop((each) => {
      element();
      this.writeAdvance(pointers);
      write.brIf(each, tee(done, done.add(1)).ltU(elements));
    });
  }

  /** As `writeEach`, and `elements` is how many have run when `isOver` is right, that one included. */
  writeEachUntil(isOver: I32, element: () => void, pointers: readonly Pointer[]): void {
    const { write, done, elements } = this;
    write.set(done, i32(0));
    write.block((found) =>
      write.loop((each) => {
        element();
        this.writeAdvance(pointers);
        write.set(done, done.add(1));
        write.brIf(found, isOver);
        write.brIf(each, done.ltU(elements));
      }),
    );
    write.set(elements, done);
  }

  /**
   * Goes through pages: `inPage` does `elements`, `across` one that crosses; `goOn` then branches to where the next
   * begin.
   */
  writePages(
    pointers: readonly Pointer[],
    inPage: (end: Label) => void,
    across: (end: Label) => void,
    goOn: (again: Label) => void,
  ): void {
    const { write, elements } = this;
    this.writeStep();
    write.block((end) =>
      write.loop((again) => {
        this.writeLimit(end);
        for (const pointer of pointers) this.writeRoom(pointer);
        write.if(
          elements,
          () => inPage(end),
          () => {
            across(end);
            write.set(elements, i32(1));
          },
        );
        this.writeProgress(pointers);
        goOn(again);
      }),
    );
  }
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
