/**
 * The reference engine's binding over a memory without page tables, for tests of meaning and of the emitter: every
 * canonical address lies somewhere in 4 KiB that repeat, except those whose bits 15 to 12 are 7, which fault.
 */
import { Act } from "../../../dist/machine/engine/reference/act.js";
import type { Address, Width } from "../../../dist/machine/isa/index.js";
import { FX_IMAGE_BYTES } from "../../../dist/machine/isa/vector-operations.js";
import { createMachineState } from "../../../dist/machine/state.js";
import { createSlice } from "../../../dist/machine/turn.js";

const MEMORY_BYTES = 4096;
// Vectors: the enum is const, so there is none in the built files.
const STACK_FAULT = 12;
const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;
const state = createMachineState(1, 65536);

function isMapped(linear: bigint): boolean {
  return ((linear >> 12n) & 15n) !== 7n;
}

export class FlatAct extends Act {
  readonly memory = new Uint8Array(MEMORY_BYTES);

  constructor() {
    // No access of this class reaches the code cache or the observer; no time passes in a repetition.
    const profile = { repeatIterationCycles: 0, memory: null };
    super({ state, code: {} as never, profile, observer: () => false, storeDelayCycles: 0 }, state.cores[0]);
    this.useSlice(createSlice());
    // The machine's state is shared between all of this class.
    this.vectors = new BigUint64Array(32);
    this.mxcsr = Uint32Array.of(0x1f80);
  }

  private isGood(address: Address<bigint>, sizeBytes: number, isWrite: boolean): boolean {
    if (this.fault !== null) return false;
    if (this.isCanonical(address.linear) === 0n) {
      this.raise(address.isStack ? STACK_FAULT : GENERAL_PROTECTION, 0);
      return false;
    }
    for (const at of [address.linear, address.linear + BigInt(sizeBytes - 1)]) {
      if (isMapped(at)) continue;
      this.raise(PAGE_FAULT, isWrite ? 6 : 4, at);
      return false;
    }
    return true;
  }

  /** Writes an XMM register at once. */
  putVector(register: number, value: bigint): void {
    this.vectors[2 * register] = BigInt.asUintN(64, value);
    this.vectors[2 * register + 1] = value >> 64n;
  }

  putMxcsr(value: number): void {
    this.mxcsr[0] = value;
  }

  /** MXCSR without what an instruction that faulted would have made of it. */
  peekMxcsr(): number {
    return this.mxcsr[0];
  }

  peek(linear: bigint, sizeBytes: number): bigint {
    let value = 0n;
    for (let index = sizeBytes - 1; index >= 0; index--) {
      value = (value << 8n) | BigInt(this.memory[Number((linear + BigInt(index)) % BigInt(MEMORY_BYTES))]);
    }
    return value;
  }

  poke(linear: bigint, sizeBytes: number, value: bigint): void {
    for (let index = 0; index < sizeBytes; index++) {
      const place = Number((linear + BigInt(index)) % BigInt(MEMORY_BYTES));
      this.memory[place] = Number((value >> BigInt(8 * index)) & 0xffn);
    }
  }

  override load(width: Width, address: Address<bigint>): bigint {
    return this.isGood(address, width / 8, false) ? this.peek(address.linear, width / 8) : 0n;
  }

  override store(width: Width, address: Address<bigint>, value: bigint): void {
    if (this.isGood(address, width / 8, true)) this.poke(address.linear, width / 8, value);
  }

  override storeVectors(address: Address<bigint>, values: readonly bigint[]): void {
    if (!this.isGood(address, FX_IMAGE_BYTES, true)) return;
    values.forEach((value, index) => this.poke(address.linear + BigInt(16 * index), 16, value));
  }

  override modify(width: Width, address: Address<bigint>, change: (old: bigint) => bigint): void {
    const sizeBytes = width / 8;
    if (this.isGood(address, sizeBytes, true))
      this.poke(address.linear, sizeBytes, change(this.peek(address.linear, sizeBytes)));
  }

  override modifyPair(
    width: 32 | 64,
    address: Address<bigint>,
    change: (low: bigint, high: bigint) => readonly [bigint, bigint],
  ): void {
    const sizeBytes = width / 8;
    if (!this.isGood(address, 2 * sizeBytes, true)) return;
    const upper = address.linear + BigInt(sizeBytes);
    const [low, high] = change(this.peek(address.linear, sizeBytes), this.peek(upper, sizeBytes));
    this.poke(address.linear, sizeBytes, low);
    this.poke(upper, sizeBytes, high);
  }
}
