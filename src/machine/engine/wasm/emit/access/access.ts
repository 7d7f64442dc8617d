/**
 * A memory access in WebAssembly: the TLB's entry for the page is compared inline; what misses, or crosses into the
 * next page, goes through routines (access-routines.ts, gate.ts), which leave the block where the instruction can't be
 * done here and now.
 *
 * Invariant: an entry that matches leads to private RAM without decoded code (for stores): tlb.ts marks all others.
 */
import { RAM_BASE, TLB_FRAMES_BYTES, TLB_FRAMES_OFFSET, TLB_TAGS_BYTES, TLB_TAGS_OFFSET } from "../../../../state.js";
import { TlbKind } from "../../../../memory/tlb.js";
import type { SsaNode } from "../../../ssa/index.js";
import {
  call,
  type Expression,
  type ExpressionType,
  FUNCTIONS,
  i32,
  I32,
  I64,
  load16,
  load32,
  load64,
  load8,
  loadVector,
  type Local,
  localOf,
  stacked,
  tee,
  Type,
  V128,
} from "../../assembler/index.js";
import { entryOf } from "../../routines/index.js";
import type { SpanMember } from "./access-spans.js";
import type { FunctionBuilder } from "../function-builder.js";

/** What the routines are told of an access beyond kind and size (gate.ts), and the exit before its instruction. */
export interface WayOut {
  readonly flags: number;
  readonly exit: number;
}

/** How an access finds its bytes: by a look at the TLB, or by one that another access of its span has had. */
export interface Lookup {
  /** Whether it has to go the slow way. */
  readonly isMiss: I32;
  /** First thing on the slow way. */
  readonly noteMiss: () => void;
  /** Otherwise: the offset in RAM from which the bytes are `distance` away. */
  readonly host: I32;
  readonly distance: number;
}

/** The access to `sizeBytes` at an address. `member`: where it is in its span, if it has one. */
export function lookupOf(
  builder: FunctionBuilder,
  node: SsaNode,
  address: Local<I64>,
  sizeBytes: number,
  kind: TlbKind.Read | TlbKind.Write,
  member: SpanMember | undefined,
): Lookup {
  /* mutant reading-entry-serves-stores:
     if (member === undefined) return lookUp(builder, address, sizeBytes, TlbKind.Read); */
  if (member === undefined) return lookUp(builder, address, sizeBytes, kind);
  const { span, at } = member;
  const distance = Number(at - span.low);
  if (span.host !== null && span.first !== node)
    return { distance, isMiss: span.host.ltS(0), noteMiss() {}, host: span.host };
  const host = builder.temporaryOf(I32);
  span.host = host;
  let lowest = address;
  if (distance > 0) {
    lowest = builder.temporaryOf(I64);
    // mutant first-access-is-the-lowest: builder.set(lowest, address.sub(0));
    builder.set(lowest, address.sub(distance));
  }
  // mutant span-reaches-over-the-page: const own = lookUp(builder, lowest, 1, span.kind);
  const own = lookUp(builder, lowest, Number(span.high - span.low), span.kind);
  return {
    distance,
    isMiss: own.isMiss,
    // mutant missed-span-is-used: noteMiss: () => undefined
    noteMiss: () => builder.set(host, i32(-1)),
    host: tee(host, own.host),
  };
}

function lookUp(builder: FunctionBuilder, address: Local<I64>, sizeBytes: number, kind: TlbKind): Lookup {
  const slot = builder.temporaryOf(I32);
  /** In the page, where it hits. */
  const offset = builder.temporaryOf(I64);
  const entry = tee(slot, entryOf(address, slot, builder.core));
  const inPage = load64(entry, TLB_TAGS_OFFSET + kind * TLB_TAGS_BYTES).xor(address);
  return {
    distance: 0,
    // mutant access-may-cross-the-page: isMiss: tee(offset, inPage).gtU(4095)
    isMiss: tee(offset, inPage).gtU(4096 - sizeBytes),
    noteMiss() {},
    host: load32(slot, TLB_FRAMES_OFFSET + kind * TLB_FRAMES_BYTES).add(offset.wrap()),
  };
}

/** What a routine is told of an access: its flags. */
export function accessFlags(kind: TlbKind, width: number, { flags }: WayOut): I32 {
  return i32(kind | ((width / 8) << 1) | flags);
}

/** Writes the translation of an address, within a page; gives the local with the offset in RAM. */
export function writeTranslation(
  builder: FunctionBuilder,
  address: Local<I64>,
  sizeBytes: number,
  kind: TlbKind.Read | TlbKind.Write,
  { isMiss, noteMiss, host: hit, distance }: Lookup,
  wayOut: WayOut,
): Local<I32> {
  const { core, time } = builder;
  const host = builder.temporaryOf(I32);
  const translated = builder.chooseUnlikely(
    I32,
    isMiss,
    () => {
      noteMiss();
      const flags = accessFlags(kind, 8 * sizeBytes, wayOut);
      const slow = call(FUNCTIONS.translate, core, address, flags, i32(wayOut.exit), time);
      builder.leaveIfUnlikely(tee(host, slow).eq(-1), wayOut.exit);
      return host;
    },
    () => (distance > 0 ? hit.add(distance) : hit),
  );
  builder.set(host, translated);
  return host;
}

/** The value of `width`, up to 64, at an address. */
export function loadedWhole(
  builder: FunctionBuilder,
  address: Local<I64>,
  width: number,
  { isMiss, noteMiss, host, distance }: Lookup,
  wayOut: WayOut,
): I32 | I64 {
  const { core, time } = builder;
  return builder.chooseUnlikely<I32 | I64>(
    width === 64 ? I64 : I32,
    isMiss,
    () => {
      noteMiss();
      const failed = builder.temporaryOf(I32);
      const flags = accessFlags(TlbKind.Read, width, wayOut);
      builder.call(FUNCTIONS.loadSlowly, core, address, flags, i32(wayOut.exit), time);
      builder.set(failed, stacked(I32));
      const value = width === 64 ? stacked(I64) : stacked(I64).wrap();
      builder.push(value);
      builder.leaveIfUnlikely(failed, wayOut.exit);
      return stacked<I32 | I64>(width === 64 ? I64 : I32);
    },
    () => valueAt(width, host, distance) as I32 | I64,
  );
}

/** Stores a value of `width`, up to 64, at an address. */
export function writeWholeStore(
  builder: FunctionBuilder,
  address: Local<I64>,
  width: number,
  value: Local<I32> | Local<I64>,
  lookup: Lookup,
  wayOut: WayOut,
): void {
  const { core, time } = builder;
  builder.ifUnlikely(
    lookup.isMiss,
    () => {
      lookup.noteMiss();
      const flags = accessFlags(TlbKind.Write, width, wayOut);
      const stored = widened(value);
      const failed = call(FUNCTIONS.storeSlowly, core, address, flags, i32(wayOut.exit), time, stored);
      builder.leaveIfUnlikely(failed, wayOut.exit);
      builder.noteStore();
    },
    () => writeHit(builder, width, value, lookup),
  );
}

/** As a number of 64 bits. */
export function widened(value: I32 | I64): I64 {
  return value.type === Type.I64 ? value : value.extendU();
}

/** Stores a value where the TLB says, and notes whether that changed anything where somebody asks. */
export function writeHit(builder: FunctionBuilder, width: number, value: Expression, { host, distance }: Lookup): void {
  if (builder.spoiled !== 0) {
    builder.push(valueAt(width, host, distance));
    noteChange(builder, value, width);
  }
  writeValueAt(builder, width, host, distance, value);
}

/** Notes whether the value on the stack, which memory has, differs from one that is about to be stored. */
export function noteChange(builder: FunctionBuilder, value: Expression, width: number): void {
  const spoiled = localOf(I32, builder.spoiled);
  builder.set(spoiled, differs(width, value).or(spoiled));
}

function differs(width: number, value: Expression): I32 {
  if (width === 128)
    return stacked(V128)
      .xor(value as V128)
      .anyTrue();
  return width === 64 ? stacked(I64).ne(value as I64) : stacked(I32).ne(value as I32);
}

/** The type of a value in memory. */
export function typeOfWidth(width: number): ExpressionType<I32 | I64 | V128> {
  return width === 128 ? V128 : width === 64 ? I64 : I32;
}

/** A value of `width` at `distance` bytes behind an offset in RAM. */
export function valueAt(width: number, host: I32, distance: number): I32 | I64 | V128 {
  const at = RAM_BASE + distance;
  if (width === 128) return loadVector(host, at);
  if (width === 64) return load64(host, at);
  return width === 32 ? load32(host, at) : width === 16 ? load16(host, at) : load8(host, at);
}

export function writeValueAt(
  builder: FunctionBuilder,
  width: number,
  host: I32,
  distance: number,
  value: Expression,
): void {
  const at = RAM_BASE + distance;
  if (width === 128) builder.storeVector(host, at, value as V128);
  else if (width === 64) builder.store64(host, at, value as I64);
  else if (width === 32) builder.store32(host, at, value as I32);
  else if (width === 16) builder.store16(host, at, value as I32);
  else builder.store8(host, at, value as I32);
}
