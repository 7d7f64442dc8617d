/**
 * Packs region functions into a module and instantiates it. A module imports the machine's memory and two functions,
 * and owns its table: an imported table would be copied for every instance on Node 20 and 22.
 */
import { CodeWriter } from "./code-writer.js";
import { FunctionIndex } from "./function-builder.js";
import { Op, Type } from "./opcodes.js";
import { TypeIndex } from "./region-emitter.js";

export interface ModuleImports {
  readonly memory: WebAssembly.Memory;
  /** Host offset in RAM for an access that missed the TLB, or -1. `kindAndSize`: TlbKind | size << 1. */
  readonly fill: (core: number, addressLow: number, addressHigh: number, kindAndSize: number) => number;
  /** Brings RFLAGS in memory up to date. */
  readonly materialise: (core: number) => void;
}

export type RegionFunction = (core: number) => number;

function section(out: CodeWriter, id: number, write: (body: CodeWriter) => void): void {
  const body = new CodeWriter();
  write(body);
  const bytes = body.take();
  out.byte(id);
  out.unsigned(bytes.length);
  out.append(bytes);
}

function name(out: CodeWriter, text: string): void {
  out.unsigned(text.length);
  for (let i = 0; i < text.length; i++) out.byte(text.charCodeAt(i));
}

function functionType(out: CodeWriter, parameters: readonly Type[], results: readonly Type[]): void {
  out.byte(0x60);
  out.unsigned(parameters.length);
  out.append(parameters);
  out.unsigned(results.length);
  out.append(results);
}

/** Upper half of the product of two unsigned 64-bit numbers, from four 32-bit products. */
function multiplyHigh(): Uint8Array {
  const code = new CodeWriter();
  const low = (local: number): void => {
    code.get(local);
    code.i64(0xffff_ffffn);
    code.op(Op.I64And);
  };
  const high = (local: number): void => {
    code.get(local);
    code.i64(32n);
    code.op(Op.I64ShrU);
  };
  // Locals: 0 a, 1 b, 2 middle, 3 rest.
  code.append([1, 2, Type.I64]);
  high(0);
  low(1);
  code.op(Op.I64Mul);
  low(0);
  low(1);
  code.op(Op.I64Mul);
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.op(Op.I64Add);
  code.set(2);
  low(0);
  high(1);
  code.op(Op.I64Mul);
  low(2);
  code.op(Op.I64Add);
  code.set(3);
  high(0);
  high(1);
  code.op(Op.I64Mul);
  high(2);
  code.op(Op.I64Add);
  high(3);
  code.op(Op.I64Add);
  code.op(Op.End);
  return code.take();
}

function swapBytes(): Uint8Array {
  const code = new CodeWriter();
  code.unsigned(0);
  for (const [shift, mask] of [
    [8n, 0x00ff_00ff_00ff_00ffn],
    [16n, 0x0000_ffff_0000_ffffn],
  ]) {
    code.get(0);
    code.i64(mask);
    code.op(Op.I64And);
    code.i64(shift);
    code.op(Op.I64Shl);
    code.get(0);
    code.i64(shift);
    code.op(Op.I64ShrU);
    code.i64(mask);
    code.op(Op.I64And);
    code.op(Op.I64Or);
    code.set(0);
  }
  code.get(0);
  code.i64(32n);
  code.op(Op.I64Rotl);
  code.op(Op.End);
  return code.take();
}

/**
 * Bytes of a module of these region bodies. `pages` of the memory, which it imports. Its `number` is a global, so that code finds
 * out whether an entry of the jump cache is of its own module.
 */
export function encodeModule(bodies: readonly Uint8Array[], pages: number, number: number): Uint8Array {
  const out = new CodeWriter();
  out.append([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  section(out, 1, (body) => {
    body.unsigned(5);
    functionType(body, [Type.I32], [Type.I32]);
    functionType(body, [Type.I32, Type.I32, Type.I32, Type.I32], [Type.I32]);
    functionType(body, [Type.I32], []);
    functionType(body, [Type.I64, Type.I64], [Type.I64]);
    functionType(body, [Type.I64], [Type.I64]);
  });
  section(out, 2, (body) => {
    body.unsigned(3);
    name(body, "e");
    name(body, "memory");
    body.append([2, 1]);
    body.unsigned(pages);
    body.unsigned(pages);
    name(body, "e");
    name(body, "fill");
    body.append([0, TypeIndex.Fill]);
    name(body, "e");
    name(body, "materialise");
    body.append([0, TypeIndex.Materialise]);
  });
  section(out, 3, (body) => {
    body.unsigned(2 + bodies.length);
    body.append([TypeIndex.MultiplyHigh, TypeIndex.SwapBytes]);
    for (let i = 0; i < bodies.length; i++) body.byte(TypeIndex.Region);
  });
  section(out, 4, (body) => {
    body.append([1, 0x70, 0]);
    body.unsigned(bodies.length);
  });
  section(out, 6, (body) => {
    body.append([1, Type.I32, 0]);
    body.i32(number);
    body.op(Op.End);
  });
  section(out, 7, (body) => {
    body.unsigned(1);
    name(body, "table");
    body.append([1, 0]);
  });
  section(out, 9, (body) => {
    body.append([1, 0, Op.I32Const, 0, Op.End]);
    body.unsigned(bodies.length);
    for (let i = 0; i < bodies.length; i++) body.unsigned(FunctionIndex.FirstRegion + i);
  });
  section(out, 10, (body) => {
    body.unsigned(2 + bodies.length);
    for (const bytes of [multiplyHigh(), swapBytes(), ...bodies]) {
      body.unsigned(bytes.length);
      body.append(bytes);
    }
  });
  return out.take();
}

/** The functions of the regions, in order. */
export function instantiate(bodies: readonly Uint8Array[], imports: ModuleImports, number: number): RegionFunction[] {
  const module = new WebAssembly.Module(encodeModule(bodies, imports.memory.buffer.byteLength / 65536, number));
  const { memory, fill, materialise } = imports;
  const instance = new WebAssembly.Instance(module, { e: { memory, fill, materialise } });
  const table = instance.exports["table"] as WebAssembly.Table;
  return bodies.map((_, index) => table.get(index) as RegionFunction);
}
