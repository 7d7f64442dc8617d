/**
 * Instructions that exist elsewhere and not here: they raise #UD, and the report names them.
 *
 * The notation of the lists, one opcode a line (a second line continues the first):
 *
 *   opcode  condition:mnemonic:feature …          16 NPr:MOVLHPS:SSE NPm:MOVHPS:SSE 66m:MOVHPD:SSE2
 *
 * A condition is, in this order and each part optional: mandatory prefix (NP, 66, F3, F2), `/n` for ModRM.reg, `r` or
 * `m` for ModRM.mod, a digit for ModRM.rm, W0 or W1, L0 or L1. The first that holds names the instruction. `~` is a
 * space. The lists are coarser than the architecture (reserved fields are not checked): both sides of the difference
 * are #UD.
 */
import type { Row } from "../instruction.js";
import { ABSENT_0F, ABSENT_0F38, ABSENT_0F3A, ABSENT_ONE_BYTE } from "./absent-legacy.js";
import { ABSENT_VEX_0F, ABSENT_VEX_0F38, ABSENT_VEX_0F3A } from "./absent-vex.js";

export interface AbsentEntry {
  readonly mnemonic: string;
  /** CPUID feature or family; "64-bit" stands for: not valid in 64-bit mode. */
  readonly feature: string;
  /** 0x66, 0xf3, 0xf2, 0 for none, -1 for any. */
  readonly prefix: number;
  /** Fields of ModRM, W and L; -1 for any. `mod` is 3 for a register and 0 for memory. */
  readonly extension: number;
  readonly mod: number;
  readonly rm: number;
  readonly w: number;
  readonly l: number;
}

/** What the decoder knows of an instruction when it asks for a name. */
export interface AbsentQuery {
  readonly modrm: number;
  /** Mandatory prefix in force: 0x66, 0xf3, 0xf2 or 0. */
  readonly prefix: number;
  readonly w: number;
  readonly l: number;
}

const CONDITION = /^(NP|66|F3|F2)?(?:\/([0-7]))?([rm])?([0-7](?![0-9]))?(?:W([01]))?(?:L([01]))?$/;
const PREFIXES: { readonly [name: string]: number } = { NP: 0, "66": 0x66, F3: 0xf3, F2: 0xf2 };

function readAbsent(text: string): readonly (readonly AbsentEntry[] | undefined)[] {
  const entries: AbsentEntry[][] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [opcode, ...tokens] = line.trim().split(" ");
    const list = (entries[parseInt(opcode, 16)] ??= []);
    for (const token of tokens) {
      const [condition, mnemonic, feature] = token.split(":");
      const parts = CONDITION.exec(condition);
      if (parts === null) throw new Error(`absent instructions: cannot read "${token}"`);
      const digit = (index: number): number => (parts[index] === undefined ? -1 : Number(parts[index]));
      list.push({
        mnemonic: mnemonic.replaceAll("~", " "),
        feature,
        prefix: parts[1] === undefined ? -1 : PREFIXES[parts[1]],
        extension: digit(2),
        mod: parts[3] === undefined ? -1 : parts[3] === "r" ? 3 : 0,
        rm: digit(4),
        w: digit(5),
        l: digit(6),
      });
    }
  }
  // An entry that asks for a prefix is tried before one that takes any.
  for (const list of entries) list?.sort((a, b) => Number(b.prefix >= 0) - Number(a.prefix >= 0));
  return entries;
}

const LISTS: { readonly [M in Row["map"]]: string } = {
  "1": ABSENT_ONE_BYTE,
  "0f": ABSENT_0F,
  "0f38": ABSENT_0F38,
  "0f3a": ABSENT_0F3A,
  vex1: ABSENT_VEX_0F,
  vex2: ABSENT_VEX_0F38,
  vex3: ABSENT_VEX_0F3A,
};

export const ABSENT_MAPS = Object.keys(LISTS) as readonly Row["map"][];

const read: { [M in Row["map"]]?: readonly (readonly AbsentEntry[] | undefined)[] } = {};

/** By opcode. Read when first asked for: most programs never ask. */
export function absentInstructions(map: Row["map"]): readonly (readonly AbsentEntry[] | undefined)[] {
  return (read[map] ??= readAbsent(LISTS[map]));
}

/** The name of what stands at that place, or null when nothing does. */
export function findAbsent(map: Row["map"], opcode: number, query: AbsentQuery): AbsentEntry | null {
  const mod = query.modrm >> 6 === 3 ? 3 : 0;
  for (const entry of absentInstructions(map)[opcode] ?? []) {
    if (
      (entry.prefix < 0 || entry.prefix === query.prefix) &&
      (entry.extension < 0 || entry.extension === ((query.modrm >> 3) & 7)) &&
      (entry.mod < 0 || entry.mod === mod) &&
      (entry.rm < 0 || entry.rm === (query.modrm & 7)) &&
      (entry.w < 0 || entry.w === query.w) &&
      (entry.l < 0 || entry.l === query.l)
    )
      return entry;
  }
  return null;
}

/** Whether an absent instruction at that place has a ModRM byte. */
export function absentHasModrm(map: Row["map"], opcode: number): boolean {
  switch (map) {
    case "1":
      return (opcode >= 0xd8 && opcode <= 0xdf) || opcode === 0xc6 || opcode === 0xc7;
    case "0f":
      return opcode !== 0x0e && opcode !== 0x37 && opcode !== 0x77;
    case "vex1":
      return opcode !== 0x77;
    default:
      return true;
  }
}

/** Bytes of immediate after ModRM, SIB and displacement. `isHalf`: the operand size is 16. */
export function absentImmediateBytes(map: Row["map"], opcode: number, prefix: number, isHalf: boolean): number {
  switch (map) {
    case "1":
      return opcode === 0xc6 ? 1 : opcode === 0xc7 ? (isHalf ? 2 : 4) : 0;
    case "0f":
      // EXTRQ and INSERTQ have two immediate bytes.
      if (opcode === 0x78) return prefix === 0x66 || prefix === 0xf2 ? 2 : 0;
      return hasImmediateIn0F(opcode) ? 1 : 0;
    case "vex1":
      return hasImmediateIn0F(opcode) ? 1 : 0;
    case "0f3a":
    case "vex3":
      return 1;
    default:
      return 0;
  }
}

/** PSHUFW and its like, the shift groups, CMPPS, PINSRW, PEXTRW, SHUFPS: the same in map 0F, VEX.0F and EVEX.0F. */
export function hasImmediateIn0F(opcode: number): boolean {
  return (opcode >= 0x70 && opcode <= 0x73) || opcode === 0xc2 || (opcode >= 0xc4 && opcode <= 0xc6);
}
