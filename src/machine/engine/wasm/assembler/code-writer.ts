/**
 * Writes WebAssembly bytes into one growing array: instructions with their immediates, and LEB128 numbers.
 *
 * Invariant: nothing is allocated while writing, except when the array doubles.
 */
import { Op } from "./opcodes.js";
import { SIMD, SIMD_PREFIX, type SimdName } from "./simd.js";

export class CodeWriter {
  private bytes = new Uint8Array(256);
  length = 0;
  /** Functions that it calls: bit i for function i. */
  calls = 0;

  reset(): void {
    this.length = 0;
    this.calls = 0;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  byte(value: number): void {
    if (this.length >= this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = value;
  }

  /** Appends a few bytes of an array: more quickly than `append`, for so few. */
  appendPart(bytes: Uint8Array, from: number, to: number): void {
    const end = this.length + to - from;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    const { bytes: out } = this;
    let at = this.length;
    for (let i = from; i < to; i++) out[at++] = bytes[i];
    this.length = at;
  }

  append(bytes: Uint8Array | readonly number[]): void {
    const end = this.length + bytes.length;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(bytes, this.length);
    this.length = end;
  }

  /** Unsigned LEB128 of a number below 2^32. */
  unsigned(value: number): void {
    this.offset(value);
  }

  /** The same, of an offset in memory: a writer that looks at numbers (template/hole-writer.ts) leaves it alone. */
  offset(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Signed LEB128 of a 32-bit number. */
  signed(value: number): void {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  op(op: Op): void {
    this.byte(op);
  }

  op1(op: Op, immediate: number): void {
    this.byte(op);
    this.unsigned(immediate);
  }

  call(index: number): void {
    this.op1(Op.Call, index);
    this.calls |= 1 << index;
  }

  i32(value: number): void {
    this.byte(Op.I32Const);
    this.signed(value);
  }

  /** `value` is taken modulo 2^64. */
  i64(value: bigint): void {
    this.byte(Op.I64Const);
    this.signed64(value);
  }

  /** Signed LEB128 of a number modulo 2^64. */
  signed64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    if (rest >= -0x8000_0000n && rest < 0x8000_0000n) {
      this.signed(Number(rest));
      return;
    }
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) {
        this.byte(low);
        return;
      }
      this.byte(low | 0x80);
    }
  }

  /** A load or store without alignment hint. */
  memory(op: Op, offset: number): void {
    this.byte(op);
    this.byte(0);
    // mutant offset-is-taken-for-a-hole: this.unsigned(offset);
    this.offset(offset);
  }

  // ---- vectors -----------------------------------------------------------------------------------------------------

  simdOp(number: number): void {
    this.byte(SIMD_PREFIX);
    this.unsigned(number);
  }
  simd(name: SimdName): void {
    this.simdOp(SIMD[name]);
  }

  /** An extraction or a replacement. */
  simdLane(name: SimdName, lane: number): void {
    this.simd(name);
    this.byte(lane);
  }

  /** A load or store without alignment hint. */
  simdMemory(name: SimdName, offset: number): void {
    this.simd(name);
    this.byte(0);
    this.offset(offset);
  }

  /** A constant of 128 bits. */
  vector(value: bigint): void {
    this.simd("v128.const");
    for (let at = 0n; at < 128n; at += 8n) this.byte(Number((value >> at) & 0xffn));
  }

  get(local: number): void {
    this.op1(Op.LocalGet, local);
  }
  set(local: number): void {
    this.op1(Op.LocalSet, local);
  }
  tee(local: number): void {
    this.op1(Op.LocalTee, local);
  }
}
