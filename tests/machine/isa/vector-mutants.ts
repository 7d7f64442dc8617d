/**
 * Seeded mistakes in the meaning of rows on vectors, each such as a person makes: a bit of the result, operands
 * exchanged, a bit of the immediate ignored, a neighbouring lane operation, an alignment check forgotten, a rule of
 * MXCSR that is not kept.
 *
 * A mutant wraps the operations that the row's semantics are given. It applies to some rows, and to the forms of those
 * that it says.
 */
import type { FlagThunks, Instruction, Operations, Row, Semantics } from "../../../dist/machine/isa/index.js";
import type { LaneMap, LaneOperation, LaneShift } from "../../../dist/machine/isa/vector-operations.js";
import type { Random } from "../../../tools/silicon/random.mjs";

export interface Form {
  readonly name: string;
  readonly row: Row;
  readonly width: number;
  readonly kind: string;
}

export interface Mutant {
  readonly title: string;
  readonly row: Row;
  readonly semantics: Semantics;
  /** Which forms of the row must turn red. */
  readonly concerns: (form: Form) => boolean;
}

type Act = Operations<bigint>;
type Members = { readonly [member: string]: (...args: never[]) => unknown };
type Mutator = (row: Row, random: Random) => Mutant[];

const always = (): boolean => true;

/** The row's semantics with some operations replaced. */
function withOperations(row: Row, replace: (target: Act, instruction: Instruction) => Members): Semantics {
  const original = row.semantics;
  if (original === null) throw new Error(`${row.name} has no semantics`);
  return ((operations: Act, instruction: Instruction) => {
    const members = replace(operations, instruction);
    const proxy = new Proxy(operations, {
      get(target, property) {
        if (typeof property === "string" && property in members) return members[property];
        const member: unknown = Reflect.get(target, property);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    original(proxy, instruction);
  }) as Semantics;
}

const firstIsVector = (row: Row): boolean => /^[VWU]/.test(row.operands[0] ?? "");
const isStore = (row: Row): boolean =>
  /^(W|M|E|RM)/.test(row.operands[0] ?? "") && !["fxrstor", "ldmxcsr"].includes(row.semanticKey);
const flip = (value: bigint, bit: number): bigint => value ^ (1n << BigInt(bit));

// ---- results ------------------------------------------------------------------------------------------------------

const resultBit: Mutator = (row, random) => {
  const givesFlags = row.flagsWritten !== "" && !row.mnemonic.includes("STRM");
  if (givesFlags || !firstIsVector(row) || isStore(row) || row.semanticKey === "maskmovdqu") return [];
  // Of RCP and RSQRT only sign and exponent are sure.
  const isOpen = /^R(SQRT|CP)/.test(row.mnemonic);
  const bit = isOpen ? 32 * random.below(4) + 27 + random.below(5) : random.below(128);
  const semantics = withOperations(row, (target) => ({
    setVector: (register: number, value: bigint) => target.setVector(register, flip(value, bit)),
  }));
  return [{ title: `bit ${bit} of the result is wrong`, row, semantics, concerns: always }];
};

const registerBit: Mutator = (row, random) => {
  if (!(row.operands[0] ?? "").startsWith("G") && !/STRI/.test(row.mnemonic)) return [];
  const bit = random.below(32);
  const semantics = withOperations(row, (target) => ({
    setRegister: (width: 32, register: number, value: bigint) => target.setRegister(width, register, flip(value, bit)),
  }));
  return [{ title: `bit ${bit} of the register is wrong`, row, semantics, concerns: always }];
};

const storedBit: Mutator = (row, random) => {
  if (!isStore(row)) return [];
  const place = random.below(128);
  const semantics = withOperations(row, (target) => ({
    store: (width: 64, address: never, value: bigint) => target.store(width, address, flip(value, place % width)),
    storeVectors: (address: never, values: bigint[]) =>
      target.storeVectors(
        address,
        values.map((value, i) => (i === values.length - 1 ? flip(value, place) : value)),
      ),
  }));
  return [{ title: "a bit in memory is wrong", row, semantics, concerns: (form) => form.kind === "memory" }];
};

const flag: Mutator = (row, random) => {
  if (row.flagsWritten === "") return [];
  const name = random.pick(["cf", "zf", "sf", "of", "pf", "af"] as const);
  const semantics = withOperations(row, (target) => ({
    setFlags(flags: FlagThunks<bigint>) {
      const inverted = { [name]: { value: () => flags[name]!() ^ 1n }, directConditions: { value: 0 } };
      target.setFlags(Object.create(flags, inverted) as FlagThunks<bigint>);
    },
  }));
  return [{ title: `${name} is inverted`, row, semantics, concerns: always }];
};

const alignment: Mutator = (row) => {
  const isWhole = row.operands.some((operand) => /^[WM](dq|ps|pd)$/.test(operand)) || row.semanticKey.startsWith("fx");
  if (!isWhole || row.note.startsWith("any address")) return [];
  const semantics = withOperations(row, (target) => ({
    trapIf(condition: bigint, fault: { vector: number }) {
      if (fault.vector !== 13) target.trapIf(condition, fault as never);
    },
  }));
  return [{ title: "any address will do", row, semantics, concerns: (form) => form.kind === "memory" }];
};

// ---- immediates ---------------------------------------------------------------------------------------------------

/** By mnemonic, the bits of the immediate that matter. */
const IMMEDIATE_BITS: readonly (readonly [RegExp, number])[] = [
  [/^CMP[PS][SD]$/, 0b111],
  [/^ROUND/, 0b1111],
  [/^(SHUFPS|PSHUF|PBLENDW|INSERTPS|DPPS)/, 0xff],
  [/^SHUFPD|^BLENDPD/, 0b11],
  [/^DPPD/, 0b110011],
  [/^BLENDPS/, 0b1111],
  [/^MPSADBW|^PINSRW|^PEXTRW/, 0b111],
  [/^PINSRB|^PEXTRB/, 0b1111],
  [/^PINSRD|^PEXTRD|^EXTRACTPS/, 0b11],
  [/^PINSRQ|^PEXTRQ/, 0b1],
  [/^PALIGNR/, 0b11111],
  [/^PS[RL]LDQ/, 0b1111],
  [/^PS[RL][LA]W/, 0b1111],
  [/^PS[RL][LA]D/, 0b11111],
  [/^PS[RL]LQ/, 0b111111],
  [/^PCMP[EI]STRI/, 0b1111111],
  [/^PCMP[EI]STRM/, 0b1111111],
];

const immediate: Mutator = (row, random) => {
  if (!row.operands.includes("Ib")) return [];
  const known = IMMEDIATE_BITS.find(([pattern]) => pattern.test(row.mnemonic));
  if (known === undefined) throw new Error(`${row.name}: which bits of its immediate matter?`);
  const bits = [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => ((known[1] >> bit) & 1) === 1);
  const bit = random.pick(bits);
  const { semantics: original } = row;
  const semantics = ((operations: Act, instruction: Instruction) => {
    const operands = instruction.operands.map((operand) =>
      operand.kind === "immediate" ? { ...operand, value: flip(operand.value, bit) } : operand,
    );
    original!(operations, { ...instruction, operands });
  }) as Semantics;
  return [{ title: `bit ${bit} of the immediate is inverted`, row, semantics, concerns: always }];
};

// ---- MXCSR --------------------------------------------------------------------------------------------------------

/** Rules of MXCSR by mnemonic: which of them the row lives by. */
const FLOAT_RULES: readonly (readonly [RegExp, string])[] = [
  [/^(ADD|SUB|ADDSUB|HADD|HSUB)[PS][SD]$/, "rounding daz ftz invalid denormal overflow underflow precision"],
  [/^(MULP|MULS|DPP)[SD]$/, "rounding daz ftz invalid denormal overflow underflow precision"],
  [/^DIV[PS][SD]$/, "rounding daz ftz invalid denormal overflow underflow precision divide"],
  [/^SQRT[PS][SD]$/, "rounding daz invalid denormal precision"],
  [/^(MIN|MAX|CMP|U?COMI)[PS][SD]$/, "daz invalid denormal"],
  [/^ROUND[PS][SD]$/, "rounding invalid precision"],
  [/^CVT[PS][SD]2(SI|DQ)$/, "rounding daz invalid precision"],
  [/^CVTT[PS][SD]2(SI|DQ)$/, "daz invalid precision"],
  [/^CVT(PS2PD|SS2SD)$/, "daz invalid denormal"],
  [/^CVT(PD2PS|SD2SS)$/, "rounding daz ftz invalid denormal overflow underflow precision"],
  [/^CVT(SI2SS|DQ2PS)$/, "rounding precision"],
];

const FLAG_BITS: { readonly [rule: string]: number } = {
  invalid: 0x01,
  denormal: 0x02,
  divide: 0x04,
  overflow: 0x08,
  underflow: 0x10,
  precision: 0x20,
};
const CONTROL_BITS: { readonly [rule: string]: number } = { rounding: 0x6000, daz: 0x40, ftz: 0x8000 };

interface Settling {
  settle(compute: (mxcsr: number) => { bits: bigint; flags: number }): bigint;
}

const FLOAT_OPERATIONS = ["floatUnary", "floatBinary", "floatConvert", "floatRelation"];

/** One rule is not kept: the control bits count as 0, or the flag is never raised. */
const mxcsrRule: Mutator = (row, random) => {
  const rules = FLOAT_RULES.find(([pattern]) => pattern.test(row.mnemonic))?.[1].split(" ") ?? [];
  if (rules.length === 0) return [];
  const rule = random.pick(rules);
  const control = CONTROL_BITS[rule] ?? 0;
  const lost = FLAG_BITS[rule] ?? 0;
  const semantics = withOperations(row, (target) => {
    const settling = target as unknown as Settling;
    const mutated = Object.create(target, {
      settle: {
        value: (compute: (mxcsr: number) => { bits: bigint; flags: number }) =>
          settling.settle((mxcsr) => {
            const { bits, flags } = compute(mxcsr & ~control);
            return { bits, flags: flags & ~lost };
          }),
      },
    }) as unknown as Record<string, (...args: unknown[]) => unknown>;
    return Object.fromEntries(
      FLOAT_OPERATIONS.map((name) => [name, (...args: unknown[]) => mutated[name](...args)]),
    ) as Members;
  });
  return [{ title: `${rule} is not kept`, row, semantics, concerns: always }];
};

/** The second operand is taken for the first: matters for which NaN comes out, if for nothing else. */
const exchanged: Mutator = (row) => {
  if (!FLOAT_RULES.some(([pattern, rules]) => pattern.test(row.mnemonic) && /daz ftz|^daz/.test(rules))) return [];
  if (/^(CVT|ROUND)/.test(row.mnemonic)) return [];
  const semantics = withOperations(row, (target) => ({
    floatBinary: (operation: "add", format: 32, width: 32, a: bigint, b: bigint, chosen?: number) =>
      target.floatBinary(operation, format, width, b, a, chosen),
    floatRelation: (format: 32, signalsQuiet: boolean, a: bigint, b: bigint) =>
      target.floatRelation(format, signalsQuiet, b, a),
  }));
  return [{ title: "operands are exchanged", row, semantics, concerns: always }];
};

// ---- lanes --------------------------------------------------------------------------------------------------------

type Lanes = Act["lanes"];

/** By operation, a neighbour that it is taken for. */
const NEIGHBOUR: { readonly [operation: string]: LaneOperation | LaneMap } = {
  addSaturatedSigned: "add",
  addSaturatedUnsigned: "add",
  subSaturatedSigned: "sub",
  subSaturatedUnsigned: "sub",
  minSigned: "minUnsigned",
  minUnsigned: "minSigned",
  maxSigned: "maxUnsigned",
  maxUnsigned: "maxSigned",
  equal: "greaterSigned",
  multiplyWideLowSigned: "multiplyWideLowUnsigned",
  multiplyWideHighSigned: "multiplyWideHighUnsigned",
  multiplyWideLowUnsigned: "multiplyWideLowSigned",
  multiplyWideHighUnsigned: "multiplyWideHighSigned",
  narrowSigned: "narrowUnsigned",
  narrowUnsigned: "narrowSigned",
  widenSigned: "widenUnsigned",
  widenUnsigned: "widenSigned",
};
/** Rows that are one lane operation, so that its neighbour can't do as well. */
const IS_ONE_OPERATION =
  /^P(ADD|SUB)U?S[BW]|^PAVG|^PMIN[SU]|^PMAX[SU]|^PCMP(EQ|GT)|^PMULU?DQ|^PMULHU?W|^PACK|^PMOV[SZ]X|^PSRA[WD]|^PSRL[WDQ]$|^PABS|^PSUB[BWDQ]$|^PSLL[WDQ]$/;

const laneOperation: Mutator = (row) => {
  if (!IS_ONE_OPERATION.test(row.mnemonic)) return [];
  const semantics = withOperations(row, (target) => ({
    lanes(operation: LaneOperation, laneWidth: 8, a: bigint, b: bigint) {
      if (operation === "sub" || operation === "greaterSigned") return target.lanes(operation, laneWidth, b, a);
      const result = target.lanes((NEIGHBOUR[operation] ?? operation) as Parameters<Lanes>[0], laneWidth, a, b);
      if (operation !== "averageUnsigned") return result;
      // Rounded down instead of up.
      const ones = target.constant(128, ((1n << 128n) - 1n) / ((1n << BigInt(laneWidth)) - 1n));
      return target.lanes("sub", laneWidth, result, target.and(128, target.xor(128, a, b), ones));
    },
    mapLanes: (operation: LaneMap, laneWidth: 8, a: bigint) =>
      operation === "absolute" ? a : target.mapLanes(NEIGHBOUR[operation] as LaneMap, laneWidth, a),
    // Modulo the width, as general registers are shifted.
    shiftLanes: (operation: LaneShift, laneWidth: 16, a: bigint, count: bigint) =>
      target.shiftLanes(operation, laneWidth, a, target.and(64, count, target.constant(64, BigInt(laneWidth - 1)))),
  }));
  return [{ title: "a lane operation is taken for its neighbour", row, semantics, concerns: always }];
};

export const MUTATORS: readonly Mutator[] = [
  resultBit,
  registerBit,
  storedBit,
  flag,
  alignment,
  immediate,
  mxcsrRule,
  exchanged,
  laneOperation,
];
