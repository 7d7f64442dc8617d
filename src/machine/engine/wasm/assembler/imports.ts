/**
 * The functions that a module of regions imports, in the order of their indices. The first are the engine's, in
 * JavaScript; the rest are routines (routines.ts), WebAssembly that is compiled once for a machine.
 */
import { Type } from "./opcodes.js";

export const enum FunctionIndex {
  Fill = 0,
  Materialise = 1,
  BringForward = 2,
  DivideUnsigned = 3,
  DivideSigned = 4,
  LoadSlowly = 5,
  StoreSlowly = 6,
  RepeatMove = 7,
  RepeatStore = 8,
  RepeatCompare = 9,
  RepeatScan = 10,
  Translate = 11,
  CatchUp = 12,
  LoadVectorSlowly = 13,
  StoreVectorSlowly = 14,
  FloatGuard32 = 15,
  FloatGuard64 = 16,
  FirstRegion = 17,
}

export interface Signature {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly results: readonly Type[];
}

const { I32, I64, V128 } = { I32: Type.I32, I64: Type.I64, V128: Type.V128 };

/** By FunctionIndex. The type of function i is type i of the module, that of regions comes behind them. */
export const IMPORTS: readonly Signature[] = [
  { name: "fill", parameters: [I32, I32, I32, I32, I32], results: [I32] },
  { name: "materialise", parameters: [I32], results: [] },
  { name: "bringForward", parameters: [I32, I32], results: [I32] },
  { name: "divideUnsigned", parameters: [I64, I64, I64], results: [I64] },
  { name: "divideSigned", parameters: [I64, I64, I64], results: [I64, I32] },
  { name: "loadSlowly", parameters: [I32, I64, I32, I32, I64], results: [I64, I32] },
  { name: "storeSlowly", parameters: [I32, I64, I32, I32, I64, I64], results: [I32] },
  { name: "repeatMove", parameters: [I32, I64, I64, I64, I64, I32], results: [I64, I64, I64, I64] },
  { name: "repeatStore", parameters: [I32, I64, I64, I64, I64, I32], results: [I64, I64, I64] },
  {
    name: "repeatCompare",
    parameters: [I32, I64, I64, I64, I64, I32, I32],
    results: [I64, I64, I64, I64, I64, I64, I32],
  },
  { name: "repeatScan", parameters: [I32, I64, I64, I64, I64, I32, I32], results: [I64, I64, I64, I64, I32] },
  { name: "translate", parameters: [I32, I64, I32, I32, I64], results: [I32] },
  { name: "catchUp", parameters: [I32, I32, I32], results: [I32] },
  { name: "loadVectorSlowly", parameters: [I32, I64, I32, I32, I64], results: [V128, I32] },
  { name: "storeVectorSlowly", parameters: [I32, I64, I32, I32, I64, I64, I64], results: [I32] },
  { name: "floatGuard32", parameters: [I32, I32, V128, V128, V128], results: [I32] },
  { name: "floatGuard64", parameters: [I32, I32, V128, V128, V128], results: [I32] },
];
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
  /** Cost of an iteration of a repeated string instruction. */
  readonly repeatIterationCycles: number;
}
