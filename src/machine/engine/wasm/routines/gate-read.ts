/**
 * Reads in the gate (gate.ts): what was read enters the hash of its partition as `mixRead` in trace/hash.ts has it.
 */
import { HASH_WORDS, HASH_WORDS_OFFSET, READ_ADDEND, READ_FACTORS, READ_TURNS } from "../../../../trace/hash.js";
import { TlbKind } from "../../../memory/tlb.js";
import { RAM_BASE } from "../../../state.js";
import { writeGate } from "./gate.js";
import { type GateSite, LOADS, pushClock, SIZES, type Size } from "./gate-locals.js";
import { HASH_OFFSET, QUIET_LIMIT, QUIET_OFFSET } from "../layout.js";
import { Op, Type } from "../assembler/index.js";

/** The gate, which is left without a hash slot, too. `early`: see writeGate. */
function writeReadGate(site: GateSite, early: () => void): void {
  const { code, locals } = site;
  writeGate(site, TlbKind.Read, early);
  code.get(locals.core);
  code.memory(Op.I32Load, HASH_OFFSET);
  code.tee(locals.hash);
  code.op(Op.I32Eqz);
  site.giveUpIf(0);
}

/** A load whose turn it is: its value is in `value`. Where polling is looked for, the gate is left. */
export function writeGatedLoad(site: GateSite, early: () => void): void {
  const { code, locals } = site;
  writeReadGate(site, early);
  writeLoadValue(site);
  writeRead(site, site.pushBytes, () => {
    // A polling loop becomes more likely.
    code.get(locals.core);
    code.memory(Op.I32Load, QUIET_OFFSET);
    code.tee(locals.slot);
    code.i32(QUIET_LIMIT);
    code.op(Op.I32LtS);
    code.op(Op.I32Eqz);
    site.giveUpIf(1);
    code.get(locals.core);
    code.get(locals.slot);
    code.i32(1);
    code.op(Op.I32Add);
    code.memory(Op.I32Store, QUIET_OFFSET);
  });
}

/** A load of 16 bytes, whose upper half is a word of its own: changes the local with the address. `keep` takes what is in `value`. */
export function writeGatedVectorLoad(site: GateSite, early: () => void, keep: (half: 0 | 1) => void): void {
  const { code, locals } = site;
  writeReadGate(site, early);
  for (const half of [0, 1] as const) {
    code.get(locals.host);
    code.memory(Op.I64Load, RAM_BASE + 8 * half);
    code.set(locals.value);
    writeRead(
      site,
      () => code.i32(half === 0 ? 16 : 8),
      () => {},
    );
    keep(half);
    if (half === 1) break;
    code.get(locals.address);
    code.i64(8n);
    code.op(Op.I64Add);
    code.set(locals.address);
  }
}

/** `value` was read from `address`. `known` is written, one block deep, for what is known already: then nothing else happens. */
function writeRead(site: GateSite, pushBytes: () => void, known: () => void): void {
  const { code, locals } = site;
  // The table's entry: address and size, and the value.
  code.get(locals.address);
  code.i64(0xffff_ffffn);
  code.op(Op.I64And);
  pushBytes();
  code.op(Op.I64ExtendI32U);
  code.i64(32n);
  code.op(Op.I64Shl);
  code.op(Op.I64Or);
  code.set(locals.key);
  code.get(locals.address);
  code.op(Op.I32WrapI64);
  code.tee(locals.slot);
  code.get(locals.slot);
  code.i32(4);
  code.op(Op.I32ShrU);
  code.op(Op.I32Xor);
  // Bits 2 to 5, times the 16 bytes of an entry.
  code.i32(2);
  code.op(Op.I32Shl);
  code.i32(16 * (HASH_WORDS - 1));
  code.op(Op.I32And);
  code.get(locals.hash);
  code.op(Op.I32Add);
  code.tee(locals.entry);
  code.memory(Op.I64Load, HASH_WORDS_OFFSET);
  code.get(locals.key);
  code.op(Op.I64Xor);
  code.get(locals.entry);
  code.memory(Op.I64Load, HASH_WORDS_OFFSET + 8);
  code.get(locals.value);
  code.op(Op.I64Xor);
  code.op(Op.I64Or);
  code.op(Op.I64Eqz);
  site.openUnlikely();
  known();
  code.op(Op.Else);
  code.get(locals.entry);
  code.get(locals.key);
  code.memory(Op.I64Store, HASH_WORDS_OFFSET);
  code.get(locals.entry);
  code.get(locals.value);
  code.memory(Op.I64Store, HASH_WORDS_OFFSET + 8);
  code.get(locals.core);
  code.i32(0);
  code.memory(Op.I32Store, QUIET_OFFSET);
  writeMix(site);
  code.op(Op.End);
}

/** The value at `host` into `value`. */
function writeLoadValue({ code, locals, bytes: known, pushBytes }: GateSite): void {
  const load = (bytes: Size): void => {
    code.get(locals.host);
    code.memory(LOADS[bytes], RAM_BASE);
  };
  const write = ([bytes, ...smaller]: readonly Size[]): void => {
    if (smaller.length === 0) {
      load(bytes);
      return;
    }
    pushBytes();
    code.i32(bytes);
    code.op(Op.I32Eq);
    code.op(Op.If);
    code.byte(Type.I64);
    load(bytes);
    code.op(Op.Else);
    write(smaller);
    code.op(Op.End);
  };
  write(known === null ? SIZES : [known]);
  code.set(locals.value);
}

/** Address, value and cycle into the lanes, as one number. */
function writeMix(site: GateSite): void {
  const { code, locals } = site;
  const multiply = (factor: bigint): void => {
    code.i64(factor);
    code.op(Op.I64Mul);
  };
  const turn = (bits: bigint): void => {
    code.i64(bits);
    code.op(Op.I64Rotl);
  };
  code.get(locals.hash);
  code.get(locals.value);
  multiply(READ_FACTORS.value);
  pushClock(site);
  multiply(READ_FACTORS.cycle);
  code.get(locals.address);
  code.i64(0xffff_ffffn);
  code.op(Op.I64And);
  multiply(READ_FACTORS.address);
  code.op(Op.I64Add);
  turn(READ_TURNS.cycle);
  code.op(Op.I64Xor);
  code.get(locals.hash);
  code.memory(Op.I64Load, 0);
  code.op(Op.I64Xor);
  turn(READ_TURNS.hash);
  multiply(READ_FACTORS.hash);
  code.i64(READ_ADDEND);
  code.op(Op.I64Add);
  code.memory(Op.I64Store, 0);
}
