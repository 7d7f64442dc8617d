/**
 * What the routines of repeated string instructions (repeat-routines.ts) have in common: pages, elements, and the time
 * that iterations take.
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
export interface Pointer {
  readonly register: Local<I64>;
  readonly host: Local<I32>;
  /** Where the lowest of the elements in the page is. */
  readonly low: Local<I32>;
}

/** Writes what the routines have in common. */
export class RepeatWriter {
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

  /** Takes a pointer to the last of all elements. */
  writeToLast({ host }: Pointer): void {
    const { write, elements, step } = this;
    write.set(host, host.add(elements.sub(1).mul(step)));
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
