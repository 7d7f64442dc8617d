/**
 * Operands from text, in the syntax that formatInstruction writes: "eax", "xmm3", "-0x10", "[rip+table]",
 * "qword ptr fs:[rbx+rcx*8-0x10]". Mistakes are Errors that show the text.
 */
import { registerName, SEGMENT_NAMES } from "./format.js";
import { RIP_BASE, Segment } from "./instruction.js";
import type { MemoryOperand, Operand, RegisterOperand, Width } from "./instruction.js";

/** A memory operand as written: its width may be for the other operands to tell, and a name may be added to it. */
export interface MemoryText {
  readonly kind: "memory text";
  readonly width: Width | null;
  readonly memory: Omit<MemoryOperand, "width">;
  /** Memory relative to RIP at a label of this name, or null. */
  readonly name: string | null;
}

/** `name`: a word that is nothing else, such as a label. */
export type ParsedOperand = Operand | MemoryText | { readonly kind: "name"; readonly name: string };

const REGISTERS = new Map<string, RegisterOperand>(
  ([8, 16, 32, 64] as const).flatMap((width) =>
    Array.from({ length: 16 }, (_, register) => [
      registerName(width, register, false),
      { kind: "register", width, register, high: false } as const,
    ]),
  ),
);
for (let register = 0; register < 4; register++)
  REGISTERS.set(registerName(8, register, true), { kind: "register", width: 8, register, high: true });

const POINTERS = new Map<string, Width>([
  ["byte", 8],
  ["word", 16],
  ["dword", 32],
  ["qword", 64],
  ["xmmword", 128],
]);

const NUMBER = /^(?:0x[0-9a-f]+|\d+)$/i;
const NAME = /^[A-Za-z_.][\w.$]*$/;
const MEMORY = /^(?:(\w+) ptr )?(?:(fs|gs):)?\[(.+)\]$/;

export function parseOperand(text: string): ParsedOperand {
  const register = REGISTERS.get(text);
  if (register !== undefined) return register;
  const [, vector] = /^xmm(\d+)$/.exec(text) ?? [];
  if (vector !== undefined && Number(vector) < 16) return { kind: "vector", width: 128, register: Number(vector) };
  const segment = SEGMENT_NAMES.indexOf(text);
  if (segment >= 0) return { kind: "segment", segment };
  if (/^[cd]r\d$/.test(text)) return { kind: "control", name: text };
  const [, sign, number] = /^(-?)(\w+)$/.exec(text) ?? [];
  if (number !== undefined && NUMBER.test(number))
    return { kind: "immediate", width: 64, value: sign === "-" ? -BigInt(number) : BigInt(number) };
  const [, away, distance] = /^\$([+-])(\w+)$/.exec(text) ?? [];
  if (distance !== undefined && NUMBER.test(distance))
    return { kind: "relative", displacement: away === "-" ? -BigInt(distance) : BigInt(distance) };
  const memory = MEMORY.exec(text);
  if (memory !== null) return parseMemory(text, memory[1], memory[2], memory[3]);
  if (NAME.test(text)) return { kind: "name", name: text };
  throw new Error(`"${text}" is no operand`);
}

function parseMemory(text: string, size: string | undefined, override: string | undefined, inside: string): MemoryText {
  const width = size === undefined ? null : POINTERS.get(size);
  if (width === undefined) throw new Error(`"${text}": there is no size "${size}"`);
  let base = -1;
  let index = -1;
  let scale: MemoryOperand["scale"] = 1;
  let displacement = 0n;
  let addressWidth: 32 | 64 = 64;
  let name: string | null = null;
  for (const [, sign, term] of inside.matchAll(/([+-]?)([^+-]+)/g)) {
    const [word, factor] = term.trim().split("*");
    const register = REGISTERS.get(word);
    if (NUMBER.test(word) && factor === undefined) displacement += sign === "-" ? -BigInt(word) : BigInt(word);
    else if (sign === "-") throw new Error(`"${text}": only a number can be taken away`);
    else if (word === "rip" || word === "eip") {
      base = RIP_BASE;
      if (word === "eip") addressWidth = 32;
    } else if (register !== undefined && register.width >= 32) {
      if (register.width === 32) addressWidth = 32;
      if (factor === undefined && base < 0) base = register.register;
      else if (index < 0 && /^[1248]?$/.test(factor ?? "")) {
        index = register.register;
        scale = Number(factor ?? 1) as MemoryOperand["scale"];
      } else throw new Error(`"${text}" has a register too many, or a scale that is none of 1, 2, 4 and 8`);
    } else if (NAME.test(word) && name === null && factor === undefined) {
      name = word;
      base = RIP_BASE;
    } else throw new Error(`"${text}": "${term}" is no part of an address`);
  }
  const isStack = base === 4 || base === 5;
  const segment = override !== undefined ? SEGMENT_NAMES.indexOf(override) : isStack ? Segment.Ss : Segment.Ds;
  const memory = { kind: "memory", base, index, scale, displacement, segment, addressWidth } as const;
  return { kind: "memory text", width, memory, name };
}
