/**
 * The notation in which the instruction table is written, and its reader.
 *
 * One line an encoding, five columns, the last may be missing:
 *
 *   encoding            | mnemonic operands | key   | flags and attributes        | note
 *   F3 0F BC            | TZCNT Gv,Ev       | tzcnt | w:zc u:osap feature=BMI1    |
 *   80 /0               | ADD Eb,Ib         | add   | w:oszapc lock               |
 *   VEX.66.0F38 F7      | SHLX Gy,Ey,By     | shlx  | feature=BMI2                |
 *
 * Encoding: mandatory prefix (NP, 66, F3, F2), opcode bytes, then `/n` for ModRM.reg as opcode extension, or `=F8` for
 * a whole ModRM byte; `reg` or `mem` restricts ModRM.mod. `cc` in a mnemonic stands for sixteen rows with the condition
 * in the low four bits of the opcode.
 *
 * Operands, after SDM volume 2, appendix A.2: a letter for the place and a letter for the width.
 *   E ModRM.rm, register or memory   G ModRM.reg   M ModRM.rm, memory only   R ModRM.rm, register only
 *   B VEX.vvvv   S segment register in ModRM.reg   C D control, debug register in ModRM.reg
 *   I immediate   sI immediate, one byte sign-extended to the operation   J relative   O memory at an absolute offset
 *   Z register in bits 2 to 0 of the opcode   RM register at the width of the operation, or memory of the width given
 *   V XMM register in ModRM.reg   W ModRM.rm, XMM register or memory   U ModRM.rm, XMM register only
 *   b 8   w 16   d 32   q 64   dq 128   v width of the operation   z the same, at most 32   y 32, or 64 with W
 *   ss 32, sd 64, ps and pd 128: floats, one or a whole register   p far pointer
 *   M without a width is an address: nothing is accessed.
 *   AL CL DX rAX eAX 1 FS GS SS: themselves.
 *
 * Attributes: `r:`, `w:`, `u:` flags read, written, undefined; `lock`; an operand size (`byte`, `default`, `stack`,
 * `64`, `dword`) where operands don't tell it; `W0`, `W1`, `L0`, `B0` (REX.B clear); a boundary (`branch`, `repeat`,
 * `time`, `fence`, `system`); `#GP`, `#UD`, `trap`; `feature=NAME`.
 */
import { hexByte } from "../../../hex.js";
import { semantics } from "../semantics/index.js";
import type { Boundary, OperandSize, Ring3Outcome, Row } from "../instruction.js";

/** Conditions 0 to 15 as Jcc, SETcc and CMOVcc name them, and the flags that each reads. */
export const CONDITIONS: readonly { readonly name: string; readonly flags: string }[] = [
  { name: "O", flags: "o" },
  { name: "NO", flags: "o" },
  { name: "B", flags: "c" },
  { name: "AE", flags: "c" },
  { name: "E", flags: "z" },
  { name: "NE", flags: "z" },
  { name: "BE", flags: "zc" },
  { name: "A", flags: "zc" },
  { name: "S", flags: "s" },
  { name: "NS", flags: "s" },
  { name: "P", flags: "p" },
  { name: "NP", flags: "p" },
  { name: "L", flags: "os" },
  { name: "GE", flags: "os" },
  { name: "LE", flags: "osz" },
  { name: "G", flags: "osz" },
];

const BOUNDARIES: readonly string[] = ["branch", "repeat", "time", "fence", "system"];
const OUTCOMES: readonly string[] = ["#GP", "#UD", "trap"];
const EXPLICIT_SIZES: readonly string[] = ["byte", "default", "stack", "64", "dword"];
const MANDATORY: { readonly [token: string]: Row["prefix"] } = { NP: 0, "66": 0x66, F3: 0xf3, F2: 0xf2 };
const VEX_MAPS: { readonly [name: string]: Row["map"] } = { "0F": "vex1", "0F38": "vex2", "0F3A": "vex3" };

type Encoding = Pick<Row, "map" | "opcode" | "prefix" | "extension" | "mod" | "rm">;

/** Reads lines in the notation above; empty lines and lines that start with // are skipped. Throws on a bad line. */
export function readRows(text: string): Row[] {
  const rows: Row[] = [];
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("//")) continue;
    const [encoding, form, key, attributes, note] = trimmed.split("|").map((column) => column.trim());
    if (attributes === undefined) throw new Error(`instruction table: too few columns in "${trimmed}"`);
    if (form.includes("cc ")) {
      CONDITIONS.forEach((condition, code) => {
        const place = encoding.replace(/[0-9A-F]0$/, (opcode) => hexByte(parseInt(opcode, 16) + code));
        const read = attributes.includes("r:cc") ? attributes.replace("r:cc", `r:${condition.flags}`) : attributes;
        rows.push(readRow(place, form.replace("cc ", `${condition.name} `), key, read, note ?? ""));
      });
    } else {
      rows.push(readRow(encoding, form, key, attributes, note ?? ""));
    }
  }
  return rows;
}

function readRow(encoding: string, form: string, key: string, attributes: string, note: string): Row {
  const split = form.lastIndexOf(" ");
  const mnemonic = split < 0 ? form : form.slice(0, split);
  const operands = split < 0 ? [] : form.slice(split + 1).split(",");
  const tokens = attributes === "" ? [] : attributes.split(/\s+/);
  const flags = (letter: string): string => tokens.find((token) => token.startsWith(`${letter}:`))?.slice(2) ?? "";
  const known = (list: readonly string[]): string | undefined => tokens.find((token) => list.includes(token));
  const bit = (letter: string): 0 | 1 | null =>
    tokens.includes(`${letter}0`) ? 0 : tokens.includes(`${letter}1`) ? 1 : null;
  const place = readEncoding(encoding);
  const isVex = place.map.startsWith("vex");
  const lockable = tokens.includes("lock");
  if (key !== "" && semantics[key] === undefined)
    throw new Error(`instruction table: no semantics "${key}" for ${form}`);
  return {
    name: form,
    encoding,
    mnemonic,
    ...place,
    mod: place.mod ?? modOfOperands(operands),
    vexL: isVex ? 0 : null,
    rexW: bit("W"),
    rexB: tokens.includes("B0") ? 0 : null,
    operands,
    size: (known(EXPLICIT_SIZES) as OperandSize | undefined) ?? sizeOfOperands(operands),
    flagsRead: flags("r"),
    flagsWritten: flags("w"),
    flagsUndefined: flags("u"),
    lockable,
    boundary: (known(BOUNDARIES) as Boundary | undefined) ?? (lockable ? "lock" : "none"),
    ring3: (known(OUTCOMES) as Ring3Outcome | undefined) ?? "runs",
    feature: tokens.find((token) => token.startsWith("feature="))?.slice(8) ?? "",
    note,
    semanticKey: key,
    semantics: key === "" ? null : semantics[key],
  };
}

function readEncoding(encoding: string): Encoding {
  const tokens = encoding.split(" ");
  const last = { extension: null as number | null, mod: null as Row["mod"], rm: null as number | null };
  while (!/^[0-9A-F]{2}$/.test(tokens[tokens.length - 1])) {
    const token = tokens.pop()!;
    if (token === "reg") last.mod = "register";
    else if (token === "mem") last.mod = "memory";
    else if (token.startsWith("/")) last.extension = Number(token.slice(1));
    else if (token.startsWith("=")) {
      const modrm = parseInt(token.slice(1), 16);
      last.extension = (modrm >> 3) & 7;
      last.rm = modrm & 7;
      last.mod = "register";
    } else throw new Error(`instruction table: cannot read the encoding "${encoding}"`);
  }
  if (tokens[0].startsWith("VEX.")) {
    const [, prefix, map] = tokens[0].split(".");
    return { map: VEX_MAPS[map], opcode: parseInt(tokens[1], 16), prefix: MANDATORY[prefix], ...last };
  }
  const opcode = parseInt(tokens[tokens.length - 1], 16);
  const escape = tokens.indexOf("0F");
  // A lone 66, F3 or F2 in front of nothing else would be the opcode itself; none of them is one.
  const hasPrefix = tokens.length > 1 && tokens[0] in MANDATORY;
  const prefix = hasPrefix ? MANDATORY[tokens[0]] : null;
  if (escape < 0 || escape === tokens.length - 1) return { map: "1", opcode, prefix, ...last };
  const second = tokens[escape + 1];
  const map = escape + 2 === tokens.length ? "0f" : second === "38" ? "0f38" : "0f3a";
  return { map, opcode, prefix, ...last };
}

function modOfOperands(operands: readonly string[]): Row["mod"] {
  if (operands.some((operand) => /^M[a-z]*$/.test(operand))) return "memory";
  if (operands.some((operand) => /^U[a-z]+$/.test(operand))) return "register";
  if (operands.some((operand) => /^R[a-z]$/.test(operand)) && !operands.some((operand) => /^[CD][a-z]$/.test(operand)))
    return "register";
  return null;
}

/** The first operand with a width letter decides: Eb makes a byte operation, Gy one of 32 or 64 bits. */
function sizeOfOperands(operands: readonly string[]): OperandSize {
  if (operands.some((operand) => /^[VWU][a-z]+$/.test(operand)))
    return operands.some((operand) => /^[EG]y$/.test(operand)) ? "dword" : "none";
  for (const operand of operands) {
    if (operand === "rAX" || operand === "eAX") return "default";
    if (operand === "AL") return "byte";
    const width = /^(?:s?[A-Z]|RM)([a-z]+)$/.exec(operand)?.[1];
    if (width === "b") return "byte";
    if (width === "v" || width === "z" || width === "p") return "default";
    if (width === "y") return "dword";
    if (operand === "M" || operand.startsWith("RM")) return "default";
  }
  return "none";
}
