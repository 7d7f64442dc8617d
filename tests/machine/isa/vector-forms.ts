/**
 * The rows on vectors as forms: row, W, register or memory; and an instruction of each, over fixed registers.
 */
import type { Row } from "../../../dist/machine/isa/index.js";

export interface VectorForm {
  readonly name: string;
  readonly row: Row;
  readonly isWide: boolean;
  readonly kind: "register" | "same" | "memory";
}

const STATE_KEYS = new Set(["fxsave", "fxrstor"]);
const VECTOR_KEYS = new Set(["ldmxcsr", "stmxcsr", "crc32"]);

/** Rows on XMM registers, and those that came with them. */
export function isVectorRow(row: Row): boolean {
  return row.operands.some((operand) => /^[VWU][a-z]+$/.test(operand)) || VECTOR_KEYS.has(row.semanticKey);
}

export function enumerateVectorForms(rows: readonly Row[]): VectorForm[] {
  const forms: VectorForm[] = [];
  for (const row of rows) {
    if (!isVectorRow(row) || STATE_KEYS.has(row.semanticKey)) continue;
    const widths =
      row.rexW !== null
        ? [row.rexW === 1]
        : row.operands.some((one) => /^[GE]y$|^RM|^Ev$/.test(one))
          ? [false, true]
          : [false];
    const kinds: VectorForm["kind"][] = [];
    if (row.mod !== "memory") kinds.push("register");
    if (row.mod !== "memory" && row.operands.length > 1 && row.extension === null) kinds.push("same");
    if (row.mod !== "register") kinds.push("memory");
    for (const isWide of widths)
      for (const kind of kinds) forms.push({ name: `${row.name}${isWide ? " W" : ""} ${kind}`, row, isWide, kind });
  }
  return forms;
}

const ESCAPES: { readonly [map: string]: readonly number[] } = {
  "0f": [0x0f],
  "0f38": [0x0f, 0x38],
  "0f3a": [0x0f, 0x3a],
};

/** Over xmm1 and xmm2, rcx and rdx, or memory at rsi. */
export function encodeForm({ row, isWide, kind }: VectorForm, immediate: number, isHalf: boolean): Uint8Array {
  const bytes: number[] = [];
  if (isHalf) bytes.push(0x66);
  if (row.prefix !== null && row.prefix !== 0) bytes.push(row.prefix);
  if (isWide) bytes.push(0x48);
  const reg = row.extension ?? 1;
  const rm = kind === "same" ? 1 : 2;
  bytes.push(...ESCAPES[row.map], row.opcode, kind === "memory" ? (reg << 3) | 6 : 0xc0 | (reg << 3) | rm);
  if (row.operands.includes("Ib")) bytes.push(immediate);
  return Uint8Array.from(bytes);
}
