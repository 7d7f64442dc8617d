/**
 * Runs a case of vector-cases.ts on the reference binding.
 */
import { FlatAct } from "../engine/flat-act.js";
import {
  FLAGS_PLACE,
  MEMORY_PLACE,
  MXCSR_PLACE,
  OPERAND_PLACE,
  REGISTERS_PLACE,
  VECTOR_PLACE,
  type VectorCase,
  XMM_PLACE,
} from "./vector-cases.js";

const MEMORY = 0x800n;
/** Our rax, rcx, rdx, rbx are registers 0 to 3. */
const RSI = 6;
const RDI = 7;

/** `struct state` after. */
export function runOnReference({ instruction, state }: VectorCase): Uint8Array {
  const act = new FlatAct();
  const view = new DataView(state.buffer);
  const wide = (at: number): bigint => view.getBigUint64(at, true) | (view.getBigUint64(at + 8, true) << 64n);
  for (let register = 0; register < 4; register++) {
    act.putVector(register, wide(XMM_PLACE + 16 * register));
    act.registers[register] = view.getBigUint64(REGISTERS_PLACE + 8 * register, true);
  }
  act.registers[RSI] = MEMORY + BigInt(OPERAND_PLACE);
  act.registers[RDI] = act.registers[RSI];
  act.loadFlagsWord(view.getBigUint64(FLAGS_PLACE, true));
  act.putMxcsr(view.getUint32(MXCSR_PLACE, true));
  act.memory.set(state.subarray(MEMORY_PLACE), Number(MEMORY));
  act.begin(BigInt(instruction.lengthBytes));
  instruction.row.semantics?.(act, instruction);
  if (act.fault === null) act.commit();

  const after = Uint8Array.from(state);
  const out = new DataView(after.buffer);
  for (let register = 0; register < 4; register++) {
    const value = act.getVector(register);
    out.setBigUint64(XMM_PLACE + 16 * register, BigInt.asUintN(64, value), true);
    out.setBigUint64(XMM_PLACE + 16 * register + 8, value >> 64n, true);
    out.setBigUint64(REGISTERS_PLACE + 8 * register, act.registers[register], true);
  }
  out.setBigUint64(FLAGS_PLACE, act.flagsWord(), true);
  out.setUint32(MXCSR_PLACE, act.peekMxcsr(), true);
  out.setUint32(VECTOR_PLACE, act.fault?.vector ?? 255, true);
  after.set(act.memory.subarray(Number(MEMORY), Number(MEMORY) + state.length - MEMORY_PLACE), MEMORY_PLACE);
  return after;
}
