/**
 * Random programs for the bare machine: a handful of blocks that branch to each other in every way, so that loops,
 * irreducible flow, calls and returns come about by themselves. Registers with a role are written by nobody:
 * rsi and rdi point into private data (sometimes right before a page's end), rbx to the shared page, rsp to the stack.
 */
import { createEmitter } from "../../../dist/machine/engine/ssa/index.js";
import { rows, type Instruction, type Row } from "../../../dist/machine/isa/index.js";
import { encodeRow, type Random } from "../isa/row-encoder.js";
import { isVectorRow } from "../isa/vector-forms.js";
import { imm32 } from "../bare.js";

const { emitBlock } = createEmitter();

const BLOCKED_KEYS = /^(jmp|jcc|call|ret|loop|jrcxz|syscall|int|ud|enter|leave|hlt|push|pop|popf|cpuid|rdtsc|wr[fg]s)/;
const ROLES: ReadonlySet<string> = new Set(["rsp", "rsi", "rdi", "rbx", "r15", "systemflags", "fsbase", "gsbase"]);
const ROLE_BASES = [3, 4, 6, 7];

/** Kinds of things that a program does, counted over all programs: a test demands each. */
export type Coverage = Map<string, number>;

export function note(coverage: Coverage, what: string): void {
  coverage.set(what, (coverage.get(what) ?? 0) + 1);
}

const usable: readonly Row[] = rows.filter(
  (row) => row.semantics !== null && row.ring3 === "runs" && !BLOCKED_KEYS.test(row.semanticKey),
);
const integerRows = usable.filter((row) => !isVectorRow(row));
/** Translated code leaves these to the reference engine: they come seldom. */
const vectorRows = usable.filter(isVectorRow);
const ONE_IN_VECTOR = 40;

function keepsRoles(instruction: Instruction): boolean {
  const { nodes } = emitBlock([{ address: 0x1000n, instruction }]);
  const inner = nodes.flatMap((node) => (node.detail.kind === "repeat" ? node.detail.body : [node]));
  return !inner.some((node) => node.op === "write" && node.detail.kind === "state" && ROLES.has(node.detail.state));
}

function isNear(instruction: Instruction, random: Random): boolean {
  for (const operand of instruction.operands) {
    if (operand.kind !== "memory") continue;
    const near =
      ROLE_BASES.includes(operand.base) &&
      operand.index < 0 &&
      operand.addressWidth === 64 &&
      operand.displacement > -129n &&
      operand.displacement < 128n;
    if (!near && random(60) !== 0) return false;
  }
  return true;
}

/** Bytes of an instruction that leaves the registers with a role alone. */
function randomInstruction(random: Random): Uint8Array {
  for (;;) {
    const choice = random(ONE_IN_VECTOR) === 0 ? vectorRows : integerRows;
    const { instruction, bytes } = encodeRow(choice[random(choice.length)], random);
    // Most addresses are not aligned, and #GP ends a program.
    if (choice === vectorRows && instruction.operands.some(({ kind }) => kind === "memory")) continue;
    if (instruction.repeat === "none" && isNear(instruction, random) && keepsRoles(instruction)) return bytes;
  }
}

/** Arithmetic and memory accesses that compilers make, chosen more often than others. */
function commonInstruction(random: Random): number[] {
  const register = [0, 1, 2, 5][random(4)];
  const other = [0, 1, 2, 5][random(4)];
  const base = random(2) === 0 ? 6 : 7;
  const modrm = 0xc0 | (register << 3) | other;
  const memory = [0x40 | (register << 3) | base, random(128)];
  const wide = random(2) === 0 ? [0x48] : [];
  switch (random(9)) {
    case 0:
      return [...wide, [0x01, 0x29, 0x21, 0x09, 0x31, 0x39, 0x11, 0x19][random(8)], modrm];
    case 1:
      return [...wide, 0x8b, ...memory];
    case 2:
      return [...wide, 0x89, ...memory];
    case 3:
      return [...wide, [0x01, 0x29, 0x31][random(3)], ...memory];
    case 4:
      return [...wide, 0xff, 0xc0 | (random(2) << 3) | register];
    case 5:
      return [...wide, 0xc1, 0xe0 | ([0, 1, 3][random(3)] << 3) | register, random(64)];
    case 6:
      return [...wide, 0x0f, 0xaf, modrm];
    case 7:
      return [0x50 | register, 0x58 | other];
    default:
      return [0x0f, 0x90 | random(16), 0xc0 | other];
  }
}

interface Draft {
  readonly bytes: number[];
  /** Places of 32-bit offsets to the start of a block, relative to the end of the field. */
  readonly fixups: { at: number; block: number }[];
}

export interface ProgramOptions {
  readonly blocks: number;
  readonly modifiesCode: boolean;
  readonly usesShared: boolean;
}

export function randomProgram(random: Random, options: ProgramOptions, coverage: Coverage): number[] {
  const drafts: Draft[] = [];
  const { blocks } = options;
  const anyBlock = (): number => random(blocks);
  for (let block = 0; block < blocks; block++) {
    const bytes: number[] = [];
    const fixups: Draft["fixups"] = [];
    const jumpTo = (opcode: readonly number[], target: number): void => {
      bytes.push(...opcode);
      fixups.push({ at: bytes.length, block: target });
      bytes.push(0, 0, 0, 0);
    };
    if (random(12) === 0) {
      note(coverage, "repeat");
      // mov ecx, n; mov r8, rdi; mov r9, rsi; rep …; mov rdi, r8; mov rsi, r9
      bytes.push(0xb9, ...imm32(random(4) === 0 ? random(5000) : random(40)), 0x49, 0x89, 0xf8, 0x49, 0x89, 0xf1);
      if (random(3) === 0) {
        note(coverage, "direction");
        bytes.push(0xfd);
      }
      bytes.push(
        [0xf3, 0xf2][random(2)],
        ...[[0xa4], [0xaa], [0xa5], [0x48, 0xa5], [0x66, 0xab], [0xa6], [0xae]][random(7)],
      );
      if (random(6) > 0) bytes.push(0xfc);
      bytes.push(0x4c, 0x89, 0xc7, 0x4c, 0x89, 0xce);
    }
    for (let count = random(6); count >= 0; count--)
      bytes.push(...(random(3) > 0 ? commonInstruction(random) : randomInstruction(random)));
    if (options.usesShared && random(3) === 0) {
      note(coverage, "shared");
      // mov eax, [rbx+n] or lock add [rbx+n], ecx or mov [rbx+n], edx
      bytes.push(
        ...[
          [0x8b, 0x43],
          [0xf0, 0x01, 0x4b],
          [0x89, 0x53],
        ][random(3)],
        random(4) * 4,
      );
    }
    if (options.modifiesCode && random(6) === 0) {
      note(coverage, "modifies");
      // mov byte [rip + d], imm8 onto the immediate of: add eax, imm32
      bytes.push(0xc6, 0x05, 1, 0, 0, 0, random(256), 0x05, ...imm32(random(1 << 30)));
    }
    switch (random(10)) {
      case 0:
        break;
      case 1:
        jumpTo([0xe9], anyBlock());
        break;
      case 2:
        note(coverage, "call");
        jumpTo([0xe8], anyBlock());
        break;
      case 3:
        // Returns only where something was called; otherwise to the first block, whose address lies at the stack's top.
        note(coverage, "return");
        bytes.push(0xc3);
        break;
      case 4:
        note(coverage, "indirect");
        // lea rax, [rip + block]; jmp rax or call rax
        jumpTo([0x48, 0x8d, 0x05], anyBlock());
        bytes.push(0xff, random(2) === 0 ? 0xe0 : 0xd0);
        break;
      case 5:
        // dec r15; jnz
        note(coverage, "loop");
        bytes.push(0x49, 0xff, 0xcf);
        jumpTo([0x0f, 0x85], random(block + 1));
        break;
      default:
        note(coverage, "branch");
        jumpTo([0x0f, 0x80 | random(16)], anyBlock());
    }
    drafts.push({ bytes, fixups });
  }
  drafts.push({ bytes: [0xe9, 0, 0, 0, 0], fixups: [{ at: 1, block: 0 }] });
  const starts: number[] = [];
  let length = 0;
  for (const { bytes } of drafts) {
    starts.push(length);
    length += bytes.length;
  }
  const program: number[] = [];
  drafts.forEach(({ bytes, fixups }, index) => {
    for (const { at, block } of fixups) {
      const offset = starts[block] - (starts[index] + at + 4);
      bytes.splice(at, 4, ...imm32(offset));
    }
    program.push(...bytes);
  });
  return program;
}
