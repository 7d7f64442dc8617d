/**
 * The functions that a module of regions imports, in the order of their indices. The first are the engine's, in
 * JavaScript; the rest are routines (routines.ts), WebAssembly that is compiled once for a machine.
 */
import { type Callee, I32, I64, V128 } from "./expression.js";
import type { Type } from "./opcodes.js";

export const enum FunctionIndex {
  Fill = 0,
  Materialise = 1,
  BringForward = 2,
  Cpuid = 3,
  DivideUnsigned = 4,
  DivideSigned = 5,
  LoadSlowly = 6,
  StoreSlowly = 7,
  RepeatMove = 8,
  RepeatStore = 9,
  RepeatCompare = 10,
  RepeatScan = 11,
  RepeatLoad = 12,
  Translate = 13,
  CatchUp = 14,
  LoadVectorSlowly = 15,
  StoreVectorSlowly = 16,
  FloatGuard32 = 17,
  FloatGuard64 = 18,
  ChooseNans32 = 19,
  ChooseNans64 = 20,
  WidenNans = 21,
  NarrowNans = 22,
  ReadTimestamp = 23,
  DepositBits = 24,
  ExtractBits = 25,
  Crc32 = 26,
  CompareStrings = 27,
  Reciprocal = 28,
  ReciprocalSqrt = 29,
  FirstRegion = 30,
}

/**
 * By name, in the order of their indices. The type of function i is type i of the module, that of regions comes behind
 * them.
 */
export const FUNCTIONS = {
  fill: { index: FunctionIndex.Fill, parameters: [I32, I32, I32, I32, I32], results: [I32] },
  materialise: { index: FunctionIndex.Materialise, parameters: [I32], results: [] },
  bringForward: { index: FunctionIndex.BringForward, parameters: [I32, I32], results: [I32] },
  cpuid: { index: FunctionIndex.Cpuid, parameters: [I32, I32, I32, I32], results: [I32] },
  divideUnsigned: { index: FunctionIndex.DivideUnsigned, parameters: [I64, I64, I64], results: [I64] },
  divideSigned: { index: FunctionIndex.DivideSigned, parameters: [I64, I64, I64], results: [I64, I32] },
  loadSlowly: { index: FunctionIndex.LoadSlowly, parameters: [I32, I64, I32, I32, I64], results: [I64, I32] },
  storeSlowly: { index: FunctionIndex.StoreSlowly, parameters: [I32, I64, I32, I32, I64, I64], results: [I32] },
  repeatMove: {
    index: FunctionIndex.RepeatMove,
    parameters: [I32, I64, I64, I64, I64, I32],
    results: [I64, I64, I64, I64],
  },
  repeatStore: {
    index: FunctionIndex.RepeatStore,
    parameters: [I32, I64, I64, I64, I64, I32],
    results: [I64, I64, I64],
  },
  repeatCompare: {
    index: FunctionIndex.RepeatCompare,
    parameters: [I32, I64, I64, I64, I64, I32, I32],
    results: [I64, I64, I64, I64, I64, I64, I32],
  },
  repeatScan: {
    index: FunctionIndex.RepeatScan,
    parameters: [I32, I64, I64, I64, I64, I32, I32],
    results: [I64, I64, I64, I64, I32],
  },
  repeatLoad: {
    index: FunctionIndex.RepeatLoad,
    parameters: [I32, I64, I64, I64, I64, I32],
    results: [I64, I64, I64, I64],
  },
  translate: { index: FunctionIndex.Translate, parameters: [I32, I64, I32, I32, I64], results: [I32] },
  catchUp: { index: FunctionIndex.CatchUp, parameters: [I32, I32, I32], results: [I32] },
  loadVectorSlowly: {
    index: FunctionIndex.LoadVectorSlowly,
    parameters: [I32, I64, I32, I32, I64],
    results: [V128, I32],
  },
  storeVectorSlowly: {
    index: FunctionIndex.StoreVectorSlowly,
    parameters: [I32, I64, I32, I32, I64, I64, I64],
    results: [I32],
  },
  floatGuard32: { index: FunctionIndex.FloatGuard32, parameters: [I32, I32, V128, V128, V128], results: [I32] },
  floatGuard64: { index: FunctionIndex.FloatGuard64, parameters: [I32, I32, V128, V128, V128], results: [I32] },
  chooseNans32: { index: FunctionIndex.ChooseNans32, parameters: [V128, V128, V128], results: [V128] },
  chooseNans64: { index: FunctionIndex.ChooseNans64, parameters: [V128, V128, V128], results: [V128] },
  widenNans: { index: FunctionIndex.WidenNans, parameters: [V128, V128], results: [V128] },
  narrowNans: { index: FunctionIndex.NarrowNans, parameters: [V128, V128], results: [V128] },
  readTimestamp: { index: FunctionIndex.ReadTimestamp, parameters: [I32, I64], results: [I64] },
  depositBits: { index: FunctionIndex.DepositBits, parameters: [I64, I64], results: [I64] },
  extractBits: { index: FunctionIndex.ExtractBits, parameters: [I64, I64], results: [I64] },
  crc32: { index: FunctionIndex.Crc32, parameters: [I32, I64, I32], results: [I32] },
  compareStrings: {
    index: FunctionIndex.CompareStrings,
    parameters: [I32, V128, I32, V128, I32],
    results: [I32],
  },
  reciprocal: { index: FunctionIndex.Reciprocal, parameters: [I32], results: [I32] },
  reciprocalSqrt: { index: FunctionIndex.ReciprocalSqrt, parameters: [I32], results: [I32] },
} as const satisfies Readonly<Record<string, Callee>>;

export type FunctionName = keyof typeof FUNCTIONS;

export interface Signature {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly results: readonly Type[];
}

/** By FunctionIndex. */
export const IMPORTS: readonly Signature[] = Object.entries<Callee>(FUNCTIONS).map(
  ([name, { parameters, results }]) => ({
    name,
    parameters: parameters.map(({ type }) => type),
    results: results.map(({ type }) => type),
  }),
);
export const REGION_TYPE = IMPORTS.length;

export type RegionFunction = (core: number) => number;

/** What the engine gives; the other functions of IMPORTS are exports of the routines. */
export interface EngineImports {
  readonly memory: WebAssembly.Memory;
  /** Host offset in RAM for an access that missed the TLB, or -1. `flags`: see gate.ts. */
  readonly fill: (core: number, addressLow: number, addressHigh: number, flags: number, exit: number) => number;
  /** Brings RFLAGS in memory up to date. */
  readonly materialise: (core: number) => void;
  /** For a load that comes too early, with `left` cycles at it: 1 when the core is first now, otherwise 0. */
  readonly bringForward: (core: number, left: number) => number;
  /** What CPUID gives for a leaf and subleaf: by `position` 0 to 3 EAX, EBX, ECX or EDX. */
  readonly cpuid: (core: number, leaf: number, subleaf: number, position: number) => number;
  /** Cost of an iteration of a repeated string instruction. */
  readonly repeatIterationCycles: number;
}
