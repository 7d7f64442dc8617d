/**
 * A whole program: its start, its functions, what faults lead to, and its constants. The start keeps the address of the
 * boot information, calls main and ends the partition with what it gave. A fault is UD2 in a function of its name.
 */
import { SYSTEM_CALLS } from "../abi/index.js";
import { createAssembler } from "../machine/isa/assemble.js";
import { abiNote, CODE_ADDRESS, PAGE_BYTES, writeElf } from "./elf.js";
import type { IrProgram } from "./ir.js";
import { selectFunction } from "./select.js";
import { FAULTS, type FaultWord } from "./typed.js";

export interface FunctionReport {
  readonly name: string;
  readonly codeBytes: number;
  /** Its own frame. */
  readonly stackBytes: number;
  /** With the deepest of its callees. */
  readonly deepestBytes: number;
}

export interface Emitted {
  readonly elf: Uint8Array;
  readonly functions: readonly FunctionReport[];
  readonly dataBytes: number;
  /** By the address at which a program stops: which check failed. */
  readonly faults: ReadonlyMap<number, FaultWord>;
  /** Of the whole program: exact. */
  readonly stackBytes: number;
}

/** The start pushes a return address. */
const START_STACK_BYTES = 16;

export function emitProgram({ functions, data }: IrProgram): Emitted {
  const assembler = createAssembler(CODE_ADDRESS);
  const { emit, label, here } = assembler;
  const placed: { readonly name: string; readonly address: number; readonly sizeBytes: number }[] = [];
  const reports: FunctionReport[] = [];
  const place = (name: string, make: () => void): void => {
    assembler.align(16);
    const address = here();
    make();
    placed.push({ name, address, sizeBytes: here() - address });
  };

  place("start", () => {
    emit("mov", "qword ptr [rip+boot]", "rdi");
    emit("call", label("main"));
    emit("mov", "rdi", "rax");
    emit("xor", "esi", "esi");
    emit("mov", "eax", SYSTEM_CALLS.exit.number);
    emit("syscall");
    emit("ud2");
  });
  for (const each of functions) {
    let stackBytes = 0;
    place(each.name, () => {
      ({ stackBytes } = selectFunction(each, assembler));
    });
    const callees = new Set(
      each.blocks.flatMap(({ instructions }) =>
        instructions.flatMap((node) => (node.op === "call" ? node.callee : [])),
      ),
    );
    const below = reports.filter(({ name }) => callees.has(name)).map(({ deepestBytes }) => deepestBytes);
    // A fault's call takes 8 bytes.
    const deepestBytes = stackBytes + Math.max(8, ...below);
    reports.push({ name: each.name, codeBytes: placed[placed.length - 1].sizeBytes, stackBytes, deepestBytes });
  }
  const faults = new Map<number, FaultWord>();
  for (const fault of FAULTS)
    place(`fault_${fault}`, () => {
      faults.set(here(), fault);
      assembler.bind(label(`fault_${fault}`));
      emit("ud2");
    });

  assembler.align(PAGE_BYTES, 0);
  const constantsAddress = here();
  assembler.data(abiNote());
  for (const [index, bytes] of data.entries()) {
    assembler.bind(label(`data${index}`));
    assembler.data(bytes);
  }
  const dataBytes = here() - constantsAddress;
  assembler.align(PAGE_BYTES, 0);
  const variablesAddress = here();
  assembler.bind(label("boot"));
  const { bytes } = assembler.finish();
  const elf = writeElf({
    bytes: bytes.subarray(0, constantsAddress - CODE_ADDRESS + dataBytes),
    constantsAddress,
    variablesAddress,
    entry: CODE_ADDRESS,
    functions: placed,
  });
  const main = reports.find(({ name }) => name === "main");
  return { elf, functions: reports, dataBytes, faults, stackBytes: (main?.deepestBytes ?? 0) + START_STACK_BYTES };
}
