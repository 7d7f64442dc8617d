/**
 * Packs functions into modules and instantiates them. A module of regions imports the machine's memory and the
 * functions of imports.ts.
 *
 * Each region has a place, a number by which others reach it. Where modules share a table (shared-table.ts) it is the
 * entry there. Otherwise a module has a table of its own, and its regions have places that follow each other, from the
 * value of a global on.
 */
import { CodeWriter } from "./code-writer.js";
import { FunctionIndex, IMPORTS, REGION_TYPE, type RegionFunction, type Signature } from "./imports.js";
import { Op, Type } from "./opcodes.js";

export type { RegionFunction };

/** The function of a region. */
export interface RegionBody {
  readonly bytes: Uint8Array;
  /** Where it has an `if` whose first part hardly ever runs, ascending. */
  readonly unlikely: Uint32Array;
  /** Functions of IMPORTS that it calls: bit i for function i. */
  readonly calls: number;
}

/** All that a module of regions imports: see routines.ts. */
export interface ModuleImports {
  readonly memory: WebAssembly.Memory;
  /** By the names of IMPORTS. */
  readonly functions: Readonly<Record<string, CallableFunction>>;
  /** The table of all modules; null where each has its own. */
  readonly table: WebAssembly.Table | null;
}

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

function typeSection(out: CodeWriter, types: readonly Omit<Signature, "name">[]): void {
  section(out, 1, (body) => {
    body.unsigned(types.length);
    for (const { parameters, results } of types) {
      body.byte(0x60);
      body.unsigned(parameters.length);
      body.append(parameters);
      body.unsigned(results.length);
      body.append(results);
    }
  });
}

/** `pages` of memory, functions by their numbers in `types`, whose types these are, and the shared table. */
function importSection(
  out: CodeWriter,
  pages: number,
  types: readonly Signature[],
  functions: readonly number[],
  hasTable: boolean,
): void {
  section(out, 2, (body) => {
    body.unsigned(1 + functions.length + Number(hasTable));
    name(body, "e");
    name(body, "memory");
    body.append([2, 1]);
    body.unsigned(pages);
    body.unsigned(pages);
    for (const type of functions) {
      name(body, "e");
      name(body, types[type].name);
      body.byte(0);
      body.unsigned(type);
    }
    if (!hasTable) return;
    name(body, "e");
    name(body, "table");
    body.append([1, 0x70, 0, 0]);
  });
}

/** Globals of a module that has its own table. */
export const enum OwnTableGlobal {
  /** The place that has the table's first entry. */
  FirstPlace = 0,
  Entries = 1,
}

/** A table of its own, its globals, and its export. */
function ownTableSections(out: CodeWriter, entries: number, firstPlace: number): void {
  section(out, 4, (body) => {
    body.append([1, 0x70, 0]);
    body.unsigned(entries);
  });
  section(out, 6, (body) => {
    body.unsigned(2);
    for (const value of [firstPlace, entries]) {
      body.append([Type.I32, 0]);
      body.i32(value);
      body.op(Op.End);
    }
  });
  section(out, 7, (body) => {
    body.unsigned(1);
    name(body, "table");
    body.append([1, 0]);
  });
}

/** Puts the regions into the table, each into its entry. */
function elementSection(out: CodeWriter, entries: readonly number[]): void {
  section(out, 9, (body) => {
    body.unsigned(entries.length);
    entries.forEach((entry, index) => {
      body.append([0, Op.I32Const]);
      body.signed(entry);
      body.append([Op.End, 1]);
      body.unsigned(FunctionIndex.FirstRegion + index);
    });
  });
}

function codeSection(out: CodeWriter, bodies: readonly Uint8Array[]): void {
  section(out, 10, (body) => {
    body.unsigned(bodies.length);
    for (const bytes of bodies) {
      body.unsigned(bytes.length);
      body.append(bytes);
    }
  });
}

/**
 * Which branches are unlikely, after the branch hinting proposal: a compiler that knows the section keeps what is
 * behind them out of the way, and saves registers there rather than before. Others skip it.
 */
function hintSection(out: CodeWriter, bodies: readonly RegionBody[]): void {
  section(out, 0, (body) => {
    name(body, "metadata.code.branch_hint");
    body.unsigned(bodies.length);
    bodies.forEach(({ unlikely }, index) => {
      body.unsigned(FunctionIndex.FirstRegion + index);
      body.unsigned(unlikely.length);
      for (const at of unlikely) {
        body.unsigned(at);
        // One byte: not taken.
        body.append([1, 0]);
      }
    });
  });
}

function start(): CodeWriter {
  const out = new CodeWriter();
  out.append([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  return out;
}

/** Functions that are exported by name, and the functions that they import. */
export function encodeRoutines(
  imported: readonly Signature[],
  routines: readonly (Signature & { readonly body: Uint8Array })[],
  pages: number,
): Uint8Array {
  const out = start();
  typeSection(out, [...imported, ...routines]);
  importSection(out, pages, imported, [...imported.keys()], false);
  section(out, 3, (body) => {
    body.unsigned(routines.length);
    routines.forEach((_, index) => body.unsigned(imported.length + index));
  });
  section(out, 7, (body) => {
    body.unsigned(routines.length);
    routines.forEach((routine, index) => {
      name(body, routine.name);
      body.byte(0);
      body.unsigned(imported.length + index);
    });
  });
  codeSection(
    out,
    routines.map(({ body }) => body),
  );
  return out.take();
}

/** A function (core: i32) -> () that needs the memory alone. */
export function instantiateAlone(body: Uint8Array, memory: WebAssembly.Memory): (core: number) => void {
  const routine = { name: "run", parameters: [Type.I32], results: [], body };
  const module = new WebAssembly.Module(encodeRoutines([], [routine], memory.buffer.byteLength / 65536));
  return new WebAssembly.Instance(module, { e: { memory } }).exports["run"] as (core: number) => void;
}

/** A module of these region bodies, with these places in the shared table or, if it is not `shared`, in its own. */
export function encodeModule(
  bodies: readonly RegionBody[],
  pages: number,
  places: readonly number[],
  isShared: boolean,
): Uint8Array {
  const out = start();
  typeSection(out, [...IMPORTS, { parameters: [Type.I32], results: [Type.I32] }]);
  const calls = bodies.reduce((all, body) => all | body.calls, 0);
  // V8 compiles a wrapper for each type of imported functions, and that is most of what a small module takes. A
  // function that is not called is imported as one that is.
  const called = Math.max(0, 31 - Math.clz32(calls));
  // mutant other-function-is-imported: const isCalled = (index: number): boolean => ((calls >> index) & 1) === 0;
  const isCalled = (index: number): boolean => ((calls >> index) & 1) === 1;
  const imported = IMPORTS.map((_, index) => (isCalled(index) ? index : called));
  importSection(out, pages, IMPORTS, imported, isShared);
  section(out, 3, (body) => {
    body.unsigned(bodies.length);
    for (let i = 0; i < bodies.length; i++) body.unsigned(REGION_TYPE);
  });
  if (!isShared) ownTableSections(out, bodies.length, places[0]);
  elementSection(out, isShared ? places : [...bodies.keys()]);
  hintSection(out, bodies);
  codeSection(
    out,
    bodies.map(({ bytes }) => bytes),
  );
  return out.take();
}

/** The functions of the regions, in order. The shared table has room for the places. */
export function instantiate(
  bodies: readonly RegionBody[],
  { memory, functions, table: shared }: ModuleImports,
  places: readonly number[],
): RegionFunction[] {
  const bytes = encodeModule(bodies, memory.buffer.byteLength / 65536, places, shared !== null);
  const module = new WebAssembly.Module(bytes);
  const instance = new WebAssembly.Instance(module, { e: { memory, ...functions, table: shared } });
  const table = shared ?? (instance.exports["table"] as WebAssembly.Table);
  return places.map((place) => table.get(shared === null ? place - places[0] : place) as RegionFunction);
}
