/**
 * Disassembly for people, by Capstone. Its text is independent of the machine's own decoder, which is the point: what
 * the machine understood is printed elsewhere (formatInstruction).
 *
 * Loading takes about 100 ms and 50 MB, so it happens on first use. Only the text of instructions is used: their
 * details are wrong in version 5.0.9.
 */
import type { VirtualAddress } from "../units.js";

export interface DisassembledInstruction {
  readonly at: VirtualAddress;
  readonly bytes: readonly number[];
  readonly text: string;
}

/** Bytes that are no instruction come out as ".byte". */
export async function disassemble(bytes: Uint8Array, at: VirtualAddress): Promise<DisassembledInstruction[]> {
  const { default: load } = await import("@alexaltea/capstone-js");
  const capstone = await load();
  const disassembler = new capstone.Capstone(capstone.ARCH_X86, capstone.MODE_64);
  try {
    disassembler.option(capstone.OPT_SKIPDATA, capstone.OPT_ON);
    return disassembler.disasm(bytes, at).map(({ address, bytes: encoded, mnemonic, op_str }) => ({
      at: BigInt.asUintN(64, address),
      bytes: encoded,
      text: op_str === "" ? mnemonic : `${mnemonic} ${op_str}`,
    }));
  } catch (error) {
    if (typeof error === "string") return [];
    throw error;
  } finally {
    disassembler.close();
  }
}
