/**
 * The assembler: instructions by mnemonic, labels, and text in the syntax that formatInstruction writes.
 *
 *   const assembler = createAssembler(0x400000);
 *   const again = assembler.label("again");
 *   assembler.bind(again);
 *   assembler.emit("lock add", "qword ptr [rbx+rcx*8-0x10]", "rax");
 *   assembler.emit("jne", again);
 *
 * Of the rows that can take the operands it takes the shortest encoding (encode.ts). A branch to a label that is bound
 * already is short where that reaches; one forward is near unless "short" is asked for. Nothing here knows the machine.
 */
import { encode, findFields, type EncodeOptions } from "./encode.js";
import { littleEndian, type Encoded } from "./fields.js";
import { WIDTH_MNEMONICS } from "./format.js";
import type { MemoryOperand, Operand, Width, Row } from "./instruction.js";
import { parseOperand, type MemoryText } from "./parse.js";
import { rows } from "./table.js";

export { encode, findFields, type EncodeOptions } from "./encode.js";
export { encodeFields, type Encoded, type Fields, type MemoryField } from "./fields.js";

/** A place in the program, by its name. */
export interface Label {
  readonly kind: "label";
  readonly name: string;
}

/** A number is an immediate, or where a branch goes. A string is an operand as text, or a label's name. */
export type AssemblerOperand = Operand | Label | number | bigint | string;

/** What a linker has to fill in, as ELF64 for x86-64 has it: PC32 is symbol + addend - place, 64 is symbol + addend. */
export interface Relocation {
  readonly offset: number;
  readonly kind: "PC32" | "64";
  readonly symbol: string;
  readonly addend: number;
}

export interface Assembled {
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
}

export interface Assembler {
  /**
   * Places an instruction. The mnemonic may have "lock", "rep", "repe" or "repne" before it, and "short" behind it.
   * Throws an Error where no row takes the operands, or where they leave open how wide the memory is.
   */
  emit(mnemonic: string, ...operands: readonly AssemblerOperand[]): void;
  /** The label of that name: the same one each time. */
  label(name: string): Label;
  /** A label elsewhere: what refers to it becomes a relocation. */
  external(name: string): Label;
  /** The label is here. */
  bind(label: Label): void;
  data(bytes: Iterable<number>): void;
  /** Eight bytes: a value, or the address of a label. */
  quad(value: bigint | number | Label): void;
  /** Fills up to a multiple of `count`, with NOPs where nothing else is said. */
  align(count: number, filler?: number): void;
  /** The address of what comes next. */
  here(): number;
  /** Throws where a label was never bound, or is too far for a short branch. */
  finish(): Assembled;
}

/** A row under a mnemonic, which may say more than the row: MOVSQ, CDQE, JECXZ. */
interface Form {
  readonly row: Row;
  readonly options: EncodeOptions;
}

function formsOf(row: Row): (readonly [mnemonic: string, Form])[] {
  const names = WIDTH_MNEMONICS[row.mnemonic];
  if (names !== undefined)
    return Object.entries(names).map(([width, name]) => [name, { row, options: { width: Number(width) as Width } }]);
  const plain = [row.mnemonic.toLowerCase(), { row, options: {} }] as const;
  return row.mnemonic === "JRCXZ" ? [plain, ["jecxz", { row, options: { addressWidth: 32 } }]] : [plain];
}

const formsByMnemonic = new Map<string, Form[]>();
for (const [mnemonic, form] of rows.flatMap(formsOf)) {
  const forms = formsByMnemonic.get(mnemonic);
  if (forms === undefined) formsByMnemonic.set(mnemonic, [form]);
  else forms.push(form);
}

const PREFIXES: { readonly [word: string]: EncodeOptions } = {
  lock: { lock: true },
  rep: { repeat: "rep" },
  repe: { repeat: "rep" },
  repne: { repeat: "repne" },
};
const MEMORY_WIDTHS: readonly Width[] = [8, 16, 32, 64, 128];
const NOP = 0x90;

/** An operand that an address of the program is part of: where a branch goes, or memory at a label. */
interface Target {
  /** A label, or an address. */
  readonly to: Label | number;
  /** Added to the label's address. */
  readonly plus: number;
}

type Given = Operand | MemoryText | (Target & { readonly kind: "target" });

interface Attempt {
  readonly encoded: Encoded;
  /** The width that the attempt gives a memory operand whose text has none. */
  readonly memoryWidth: Width | null;
  readonly fixup: (Target & { readonly at: number; readonly sizeBytes: 1 | 4 }) | null;
}

interface Fixup {
  /** In the program's bytes. */
  readonly at: number;
  readonly sizeBytes: 1 | 4 | 8;
  readonly label: Label;
  /** Added to the label's address. For a relative one, also what makes it relative to the end of the instruction. */
  readonly addend: number;
}

const isRelative = (notation: string): boolean => notation.startsWith("J");
const addressOnly = (notation: string): boolean => notation === "M" || notation === "Mp";

export function createAssembler(origin = 0): Assembler {
  const bytes: number[] = [];
  const labels = new Map<string, Label>();
  const externals = new Set<string>();
  const addresses = new Map<Label, number>();
  const fixups: Fixup[] = [];
  const here = (): number => origin + bytes.length;

  function label(name: string): Label {
    const known = labels.get(name) ?? { kind: "label", name };
    labels.set(name, known);
    return known;
  }

  function given(operand: AssemblerOperand): Given {
    if (typeof operand === "number" || typeof operand === "bigint")
      return { kind: "immediate", width: 64, value: BigInt(operand) };
    if (typeof operand === "string") {
      const parsed = parseOperand(operand);
      return parsed.kind === "name" ? { kind: "target", to: label(parsed.name), plus: 0 } : parsed;
    }
    return operand.kind === "label" ? { kind: "target", to: operand, plus: 0 } : operand;
  }

  /** The operand as the encoder takes it, with 0 for an address of the program; and that address. Null: no fit. */
  function concrete(operand: Given, notation: string, width: Width): readonly [Operand, Target | null] | null {
    if (operand.kind === "target")
      return isRelative(notation) ? [{ kind: "relative", displacement: 0n }, operand] : null;
    if (operand.kind === "immediate" && isRelative(notation))
      return [
        { kind: "relative", displacement: 0n },
        { to: Number(BigInt.asIntN(64, operand.value)), plus: 0 },
      ];
    if (operand.kind !== "memory text") return [operand, null];
    const memory: MemoryOperand = { ...operand.memory, width: operand.width ?? width };
    if (operand.name === null) return [memory, null];
    return [
      { ...memory, displacement: 0n },
      { to: label(operand.name), plus: Number(memory.displacement) },
    ];
  }

  /** The form with these operands, or null. `reachesShort`: whether a branch of one byte would do. */
  function attempt(form: Form, operands: readonly Given[], options: EncodeOptions, width: Width): Attempt | null {
    const { row } = form;
    const found = operands.map((operand, i) => concrete(operand, row.operands[i], width));
    const plain: Operand[] = [];
    let target: Target | null = null;
    for (const each of found) {
      if (each === null) return null;
      plain.push(each[0]);
      target ??= each[1];
    }
    const all = { ...form.options, ...options };
    if (all.repeat !== undefined && row.boundary !== "repeat") return null;
    if (findFields(row, plain, all) === null) return null;
    const encoded = encode(row, plain, all);
    const isUnsized = operands.some(
      (operand, i) => operand.kind === "memory text" && operand.width === null && !addressOnly(row.operands[i]),
    );
    const memoryWidth = isUnsized ? width : null;
    if (target === null) return { encoded, memoryWidth, fixup: null };
    const isBranch = row.operands.some(isRelative);
    const sizeBytes = row.operands.includes("Jb") ? 1 : 4;
    const at = isBranch ? encoded.immediateAt : encoded.displacementAt;
    return { encoded, memoryWidth, fixup: { ...target, at, sizeBytes } };
  }

  /** What is added to the address of the next instruction; null where that isn't known yet. */
  function distance({ to, plus }: Target, next: number): number | null {
    const address = typeof to === "number" ? to : addresses.get(to);
    return address === undefined ? null : address + plus - next;
  }

  function reaches({ encoded, fixup }: Attempt, isShort: boolean, hasNear: boolean): boolean {
    if (fixup === null) return !isShort;
    const far = distance(fixup, here() + encoded.bytes.length);
    if (fixup.sizeBytes === 4) return !isShort && (far === null || far === (far | 0));
    return far === null ? isShort || !hasNear : far >= -128 && far < 128;
  }

  function place({ encoded, fixup }: Attempt): void {
    const start = bytes.length;
    bytes.push(...encoded.bytes);
    if (fixup === null) return;
    const at = start + fixup.at;
    const { to, plus, sizeBytes } = fixup;
    if (typeof to !== "number") fixups.push({ at, sizeBytes, label: to, addend: plus - (bytes.length - at) });
    else patch(at, sizeBytes, to + plus - here());
  }

  function patch(at: number, sizeBytes: number, value: number): void {
    for (const [i, byte] of littleEndian(value, sizeBytes).entries()) bytes[at + i] = byte;
  }

  function emit(text: string, ...operands: readonly AssemblerOperand[]): void {
    const words = text.split(" ");
    const options = words[0] in PREFIXES ? PREFIXES[words.shift() ?? ""] : {};
    const isShort = words[1] === "short";
    const forms = formsByMnemonic.get(words[0]);
    if (forms === undefined) throw new Error(`no instruction is called "${text}"`);
    const all = operands.map(given);
    const isUnsized = all.some((operand) => operand.kind === "memory text" && operand.width === null);
    const attempts = forms
      .filter(({ row }) => row.operands.length === all.length)
      .flatMap((form) =>
        (isUnsized ? MEMORY_WIDTHS : MEMORY_WIDTHS.slice(0, 1)).flatMap(
          (width) => attempt(form, all, options, width) ?? [],
        ),
      );
    const hasNear = attempts.some(({ fixup }) => fixup?.sizeBytes === 4);
    const good = attempts.filter((each) => reaches(each, isShort, hasNear));
    if (good.length === 0)
      throw new Error(`nothing called "${text}" takes ${operands.map(show).join(", ") || "no operands"}`);
    if (new Set(good.map(({ memoryWidth }) => memoryWidth)).size > 1)
      throw new Error(
        `"${text} ${operands.map(show).join(", ")}" doesn't say how wide the memory is, as "dword ptr" does`,
      );
    place(good.reduce((best, each) => (each.encoded.bytes.length < best.encoded.bytes.length ? each : best)));
  }

  function finish(): Assembled {
    const relocations: Relocation[] = [];
    for (const { at, sizeBytes, label: to, addend } of fixups) {
      const address = addresses.get(to);
      const isAbsolute = sizeBytes === 8;
      if (address !== undefined) {
        const value = address + addend - (isAbsolute ? 0 : origin + at);
        if (sizeBytes === 1 && (value < -128 || value > 127))
          throw new Error(`the label "${to.name}" is ${value} bytes away from a short branch`);
        patch(at, sizeBytes, value);
      } else if (externals.has(to.name) && sizeBytes !== 1)
        relocations.push({ offset: at, kind: isAbsolute ? "64" : "PC32", symbol: to.name, addend });
      else throw new Error(`the label "${to.name}" is nowhere`);
    }
    return { bytes: Uint8Array.from(bytes), relocations };
  }

  return {
    emit,
    label,
    external(name) {
      externals.add(name);
      return label(name);
    },
    bind(to) {
      if (addresses.has(to)) throw new Error(`the label "${to.name}" is in two places`);
      addresses.set(to, here());
    },
    data(more) {
      bytes.push(...more);
    },
    quad(value) {
      if (typeof value === "object") fixups.push({ at: bytes.length, sizeBytes: 8, label: value, addend: 0 });
      bytes.push(...littleEndian(typeof value === "object" ? 0 : value, 8));
    },
    align(count, filler = NOP) {
      while (here() % count !== 0) bytes.push(filler);
    },
    here,
    finish,
  };
}

function show(operand: AssemblerOperand): string {
  if (typeof operand !== "object") return String(operand);
  return operand.kind === "label" ? operand.name : operand.kind;
}

/**
 * The bytes of a program in text: an instruction or a label (`name:`) a line, or several with semicolons between them;
 * from # to the end of a line is a comment.
 */
export function assemble(text: string, origin = 0): Uint8Array {
  const assembler = createAssembler(origin);
  for (const statement of text.replace(/#.*/g, "").split(/[;\n]/)) {
    const [, name, instruction] = /^\s*(?:([A-Za-z_.]\w*):)?\s*(.*?)\s*$/.exec(statement) ?? [];
    if (name !== undefined) assembler.bind(assembler.label(name));
    if (instruction === undefined || instruction === "") continue;
    const [, mnemonic, operands] = /^((?:(?:lock|repn?e?) )?\w+(?: short)?)\s*(.*)$/.exec(instruction) ?? [];
    assembler.emit(mnemonic, ...(operands === "" ? [] : operands.split(/\s*,\s*/)));
  }
  return assembler.finish().bytes;
}
