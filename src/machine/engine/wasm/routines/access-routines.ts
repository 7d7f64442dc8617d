/**
 * What a load or store does when the inline comparison with the TLB fails: it goes through the gate (gate.ts), or asks
 * `fill`, for both pages where it crosses into the next, and then does the access itself, unless it can't be done here
 * and now.
 *
 * Invariant: as in the reference engine, both pages are translated before the first byte is stored, and no table is
 * walked for an access that leaves the lower half.
 */
import { TlbKind } from "../../../memory/tlb.js";
import { RAM_BASE, TLB_FRAMES_OFFSET, TLB_TAGS_BYTES, TLB_TAGS_OFFSET } from "../../../state.js";
import {
  call,
  type FunctionWriter,
  functionOf,
  FUNCTIONS,
  i32,
  I32,
  i64,
  I64,
  type Label,
  load32,
  load64,
  loadBytes,
  select,
  tee,
} from "../assembler/index.js";
import {
  ASK_EACH_TIME,
  BULK_ACCESS,
  FIRST_OFFSET,
  FORWARD_OFFSET,
  LeaveReason,
  REASON_OFFSET,
  TIME_OFFSET,
  TURN_ACCESS,
} from "../layout.js";
import { type AccessLocals, accessLocals, type GateSite, routineSite, SIZES, type Size } from "./gate-locals.js";
import { writeGatedLoad } from "./gate-read.js";
import { writeGatedStore } from "./gate-store.js";
import { entryOf } from "./tlb-entry.js";

/** What `fill` or `translate` give where the access must not be. */
const NOWHERE = -1;

/** How many bytes the access has. */
function bytesOf(flags: I32): I32 {
  return flags.shrU(1).and(31);
}

/** The offset in RAM of the byte at an address, or NOWHERE. */
function filled(kind: TlbKind, core: I32, address: I64): I32 {
  return call(
    FUNCTIONS.fill,
    core,
    address.wrap(),
    address.shrU(32).wrap(),
    i32(kind | (1 << 1) | BULK_ACCESS),
    i32(0),
  );
}

/**
 * (core, address, flags (gate.ts), exit, time) -> offset in RAM, or -1: leave by `exit`. The entry may be the page's:
 * that of a span that crosses pages (access-spans.ts) is not looked at.
 */
export function translate(): Uint8Array {
  return functionOf(FUNCTIONS.translate, (write, core, address, flags, exit, time) => {
    const slot = write.local(I32);
    const offset = write.local(I64);
    // The lowest bit of the flags says which kind of entry.
    const kind = flags.and(1).shl(Math.log2(TLB_TAGS_BYTES));
    const entry = tee(slot, entryOf(address, slot, core).add(kind));
    const inPage = tee(offset, load64(entry, TLB_TAGS_OFFSET).xor(address));
    write.if(inPage.gtU(i64(4096).sub(bytesOf(flags).extendU())).eqz(), () =>
      write.return(load32(slot, TLB_FRAMES_OFFSET).add(offset.wrap())),
    );
    write.store64(core, TIME_OFFSET, time);
    write.push(call(FUNCTIONS.fill, core, address.wrap(), address.shrU(32).wrap(), flags, exit));
  });
}

/**
 * An access, in one page or two. `whole` is written once for each size, with the access at `host`; `byte` in a loop,
 * with where the byte is in RAM, ascending, its number in `count`. `fail` has to return.
 */
export function writeAccess<Written extends number = Size>(
  write: FunctionWriter,
  kind: TlbKind,
  { core, address, flags, exit, time, host, second, first, count, bytes }: AccessLocals,
  fail: () => void,
  whole: (size: Written) => void,
  byte: (place: I32) => void,
  sizes: readonly Written[] = SIZES as readonly number[] as readonly Written[],
): void {
  const room = i32(4096).sub(address.wrap().and(4095));
  write.if(tee(first, room).ltU(bytes).eqz(), () => {
    write.if(tee(host, call(FUNCTIONS.translate, core, address, flags, exit, time)).eq(NOWHERE), fail);
    for (const size of sizes) write.if(bytes.eq(size), () => whole(size));
  });

  const secondPage = address.add(first.extendU());
  // #GP or #SS, and no table is walked for the first page either.
  write.if(secondPage.shrU(47).ne(0), fail);
  write.if(tee(host, filled(kind, core, address)).eq(NOWHERE), fail);
  // mutant both-parts-are-in-the-first-page: write.if(tee(second, filled(kind, core, address)).eq(NOWHERE), fail);
  write.if(tee(second, filled(kind, core, secondPage)).eq(NOWHERE), fail);
  // So that byte i of the second part is at second + i, too.
  write.set(second, second.sub(first));
  write.loop((again) => {
    byte(select(count.ltU(first), host, second).add(count));
    write.brIf(again, tee(count, count.add(1)).ltU(bytes));
  });
}

/** The number of bits by which byte `count` is shifted. */
export function shiftOf(count: I32): I64 {
  // mutant parts-meet-at-wrong-bits: return count.shl(2).extendU();
  return count.shl(3).extendU();
}

/**
 * A load that comes too early: others come forward, after which its turn may have come, or the core waits; where
 * polling is looked for, the engine is asked.
 */
export function writeWait({ write, core, left, outside }: GateSite, turn: Label, fail: () => void): void {
  write.brIf(outside, load32(core, FIRST_OFFSET).eq(ASK_EACH_TIME));
  write.if(load32(core, FORWARD_OFFSET), () => write.brIf(turn, call(FUNCTIONS.bringForward, core, left)));
  write.store32(core, REASON_OFFSET, LeaveReason.Defer);
  fail();
}

/** Whether a store may not wait for its turn. */
export function hasToTakeTurn({ flags }: AccessLocals): I32 {
  return flags.and(TURN_ACCESS);
}

/**
 * The block in which the gate stands. Repetitions have it closed: the engine that does what they leave stands within
 * the instruction then, at the cycle of the access, and not before it.
 */
export function writeWithGate(write: FunctionWriter, locals: AccessLocals, body: (outside: Label) => void): void {
  write.set(locals.bytes, bytesOf(locals.flags));
  write.block((outside) => {
    write.brIf(outside, locals.flags.and(BULK_ACCESS));
    body(outside);
  });
}

/** Parameters of `translate`. Gives the value, and whether the block has to be left. */
export function loadSlowly(aheadBase: number): Uint8Array {
  return functionOf(FUNCTIONS.loadSlowly, (write, core, address, flags, exit, time) => {
    const value = write.local(I64);
    const locals = accessLocals(write, { core, address, flags, exit, time });
    const { host, count } = locals;
    const fail = (): void => write.return(i64(0), i32(1));
    writeWithGate(write, locals, (outside) => {
      const site = routineSite(write, locals, outside, aheadBase, value);
      writeGatedLoad(site, (turn) => writeWait(site, turn, fail));
      write.return(value, i32(0));
    });
    writeAccess(
      write,
      TlbKind.Read,
      locals,
      fail,
      (size) => write.return(loadBytes(size, host, RAM_BASE), i32(0)),
      (place) => write.set(value, loadBytes(1, place, RAM_BASE).shl(shiftOf(count)).or(value)),
    );
    write.push(value);
    write.push(i32(0));
  });
}

/** Parameters of `translate`, and the value. Gives whether the block has to be left. */
export function storeSlowly(aheadBase: number): Uint8Array {
  return functionOf(FUNCTIONS.storeSlowly, (write, core, address, flags, exit, time, value) => {
    const locals = accessLocals(write, { core, address, flags, exit, time });
    const { host, count } = locals;
    writeWithGate(write, locals, (outside) =>
      writeGatedStore(routineSite(write, locals, outside, aheadBase, value), hasToTakeTurn(locals)),
    );
    writeAccess(
      write,
      TlbKind.Write,
      locals,
      () => write.return(i32(1)),
      (size) => {
        write.storeBytes(size, host, RAM_BASE, value);
        write.return(i32(0));
      },
      (place) => write.store8(place, RAM_BASE, value.shrU(shiftOf(count))),
    );
    write.push(i32(0));
  });
}
