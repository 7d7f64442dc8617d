/**
 * REP MOVS and REP STOS in bulk, for cores whose registers are in memory: whole iterations, a page at a time.
 *
 * Invariant: after any number of chunks the core is where the reference engine would be between two iterations: clock,
 * registers, `repeatStarted`. What is not plain (32-bit addresses, FS or GS, an element that crosses pages, pages that
 * `translate` refuses, sources overlapped within an element) is left to it from there.
 */
import { Register, Segment, type Instruction } from "../../isa/instruction.js";
import { TlbKind } from "../../memory/tlb.js";
import { RAM_BASE, RFLAGS_OFFSET, RFlag, type CoreState, type MachineState } from "../../state.js";
import type { Slice } from "../engine.js";

/** Offset in RAM of an access that stays in its page and may be done without the reference engine, or -1. */
export type Translate = (addressLow: number, addressHigh: number, kindAndSize: number) => number;

export function isBulk(instruction: Instruction): boolean {
  const { row, repeat, addressWidth, segment } = instruction;
  const { semanticKey } = row;
  const isPlain = repeat !== "none" && addressWidth === 64 && segment !== Segment.Fs && segment !== Segment.Gs;
  return isPlain && (semanticKey === "movs" || semanticKey === "stos");
}

/** Repeats until the count is 0 (true), or until the slice ends or the reference engine is needed (false). */
export function runBulk(
  state: MachineState,
  core: CoreState,
  base: number,
  instruction: Instruction,
  iterationCycles: number,
  slice: Slice,
  translate: Translate,
): boolean {
  const { view, bytes } = state;
  const isDown = (view.getUint32(base + RFLAGS_OFFSET, true) & RFlag.Direction) !== 0;
  const sizeBytes = instruction.width / 8;
  const copies = instruction.row.semanticKey === "movs";
  const at = (register: Register): number => base + 8 * register;
  const move = (register: Register, by: number): void =>
    view.setBigUint64(at(register), BigInt.asUintN(64, view.getBigUint64(at(register), true) + BigInt(by)), true);
  const resolve = (register: Register, kind: TlbKind): number =>
    translate(view.getInt32(at(register), true), view.getInt32(at(register) + 4, true), kind | (sizeBytes << 1));
  /** Elements from the one at hand to the end of its page, or to its start when going down. */
  const room = (register: Register): number => {
    const offset = view.getUint32(at(register), true) & 4095;
    return isDown ? Math.floor(offset / sizeBytes) + 1 : Math.floor((4096 - offset) / sizeBytes);
  };
  for (;;) {
    const count = Number(view.getBigUint64(at(Register.Rcx), true));
    if (count === 0) return true;
    const allowed = Math.ceil((slice.until - core.now) / iterationCycles);
    if (allowed <= 0) return false;
    const from = copies ? resolve(Register.Rsi, TlbKind.Read) : 0;
    if (from < 0) return false;
    const to = resolve(Register.Rdi, TlbKind.Write);
    if (to < 0) return false;
    const iterations = Math.min(count, allowed, room(Register.Rdi), copies ? room(Register.Rsi) : Infinity);
    const length = iterations * sizeBytes;
    const back = isDown ? length - sizeBytes : 0;
    const source = RAM_BASE + from - back;
    const target = RAM_BASE + to - back;
    if (copies) {
      // How far the target runs ahead of the source, in the direction of the copy.
      const distance = isDown ? source - target : target - source;
      if (distance <= 0 || distance >= length) bytes.copyWithin(target, source, source + length);
      else if (distance < sizeBytes) return false;
      else if (isDown) for (let i = length - 1; i >= 0; i--) bytes[target + i] = bytes[source + i];
      else for (let i = 0; i < length; i++) bytes[target + i] = bytes[source + i];
      move(Register.Rsi, isDown ? -length : length);
    } else {
      const first = bytes.slice(at(Register.Rax), at(Register.Rax) + sizeBytes);
      if (sizeBytes === 1) bytes.fill(first[0], target, target + length);
      else for (let i = 0; i < length; i++) bytes[target + i] = first[i % sizeBytes];
    }
    move(Register.Rdi, isDown ? -length : length);
    move(Register.Rcx, -iterations);
    core.now += iterations * iterationCycles;
  }
}
