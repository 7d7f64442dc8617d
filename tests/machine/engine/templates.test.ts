/**
 * Templates of instructions (src/machine/engine/wasm/template/): one that was made for many registers has the bytes of
 * one that was made for the registers of an instruction alone; nearly all instructions have them; and mistakes in them,
 * seeded into copies of the build, are found. That they do what the reference engine and silicon do is tested where
 * translated code is (lockstep.test.ts, silicon-translated.test.ts), which is made of templates at first.
 */
import { describe, expect, it } from "vitest";
import { createJudge } from "../../../tools/lockstep/compare.mjs";
import { createContenders, loadLibrary } from "../../../tools/lockstep/contenders.mjs";
import { createGenerator } from "../../../tools/lockstep/generator.mjs";
import { enumerateForms } from "../../../tools/silicon/forms.mjs";
import { createFormProgram } from "../../../tools/silicon/program.mjs";
import { readVectors } from "../../../tools/silicon/vectors.mjs";
import * as builtEmit from "../../../dist/machine/engine/wasm/emit/index.js";
import * as builtPlan from "../../../dist/machine/engine/wasm/plan/index.js";
import * as builtSsa from "../../../dist/machine/engine/ssa/index.js";
import * as builtBook from "../../../dist/machine/engine/wasm/template/template-book.js";
import * as builtDerive from "../../../dist/machine/engine/wasm/template/derive.js";
import { decode, type Instruction, rows } from "../../../dist/machine/isa/index.js";
import { createMutant } from "../../mutant.js";

/** Encodings of each form: of all, many differ in nothing that a template looks at. */
const SHAPES = 5;
const AHEAD_BASE = 2 ** 25;
/** What a whole block is translated for, from its SSA: a repetition, and addresses that a meaning takes to pieces. */
const WITHOUT = / rep(ne)?$|^POP Ev .*memory|^BT[SRC]? Ev,Gv .*(memory|lock)|^SYSCALL/;

const built = { ...builtEmit, ...builtPlan, ...builtSsa, ...builtBook, ...builtDerive };
type Library = typeof built;

const { seed, background } = readVectors("integer");

interface Sample {
  readonly name: string;
  readonly instruction: Instruction;
}

const samples: Sample[] = enumerateForms(rows).flatMap((form: { name: string }) => {
  const { shapes } = createFormProgram(form, seed, 1, background);
  return shapes.slice(0, SHAPES).flatMap(({ bytes }: { bytes: readonly number[] }) => {
    const result = decode(Uint8Array.from(bytes), 0, bytes.length);
    return result.kind === "instruction" ? [{ name: form.name, instruction: result.instruction }] : [];
  });
});

/** The places of registers where each is itself. */
function ownPlaces({ operands }: Instruction): number {
  return operands.reduce((places, operand, index) => {
    if (operand.kind !== "register" && operand.kind !== "vector") return places;
    return places | ((operand.kind === "vector" ? 16 + operand.register : operand.register) << (6 * index));
  }, 0);
}

interface Outcome {
  /** Names of forms some of whose bytes are others. */
  readonly different: string[];
  /** Those that are translated, but have no templates. */
  readonly without: string[];
  readonly compared: number;
}

/** Compares each sample's template, filled, with one of its own registers. */
function compare(library: Library): Outcome {
  const emitter = library.createEmitter();
  const recipes = library.createRecipeBook(emitter);
  const book = library.createTemplateBook({ emitter, recipes, forms: new Map() }, AHEAD_BASE);
  const different = new Set<string>();
  const without = new Set<string>();
  let compared = 0;

  function fill(template: ReturnType<typeof book.templateOf>, instruction: Instruction): string {
    const builder = new library.FunctionBuilder(AHEAD_BASE);
    // Locals have the same numbers whatever comes first.
    for (let register = 0; register < 32; register++) builder.register(register);
    builder.open(0x02, "exit");
    const writer = book.writerFor(builder);
    writer.begin(instruction, 0x401000n, 3, () => 7);
    writer.write(template);
    return builder.code.take().join(" ");
  }

  for (const { name, instruction } of samples) {
    const form = book.formOf(instruction, false);
    if (form === "whole") without.add(name);
    if (typeof form === "string") continue;
    const own = library.deriveTemplate({ emitter, recipes, aheadBase: AHEAD_BASE }, instruction, form, {
      places: ownPlaces(instruction),
      incoming: 0,
      keepsFlags: form.writes !== 0,
      isShared: false,
    });
    compared++;
    if (fill(book.templateOf(form, instruction, 0, true), instruction) !== fill(own, instruction)) different.add(name);
  }
  return { different: [...different], without: [...without], compared };
}

describe("templates", () => {
  it("have the bytes of the instruction's own code when they are filled", () => {
    const { different, compared } = compare(built);
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(4000);
  });

  it("are there for all that is translated but repetitions and addresses that are taken to pieces", () => {
    expect(compare(built).without.filter((name) => !WITHOUT.test(name))).toEqual([]);
  });
});

/** How many holes a store to a shared page has, with stores that wait lying at `aheadBase`. */
function holesOfSharedStore(
  { createEmitter, createRecipeBook, studyForm, deriveTemplate }: Library,
  aheadBase: number,
) {
  const emitter = createEmitter();
  const deriver = { emitter, recipes: createRecipeBook(emitter), aheadBase };
  const decoded = decode(Uint8Array.of(0x89, 0x07), 0, 2);
  if (decoded.kind !== "instruction") throw new Error("MOV [RDI], EAX");
  const { instruction } = decoded;
  const facts = studyForm(deriver, instruction);
  if (facts === null) throw new Error("MOV has no templates");
  const variant = { places: ownPlaces(instruction), incoming: 0, keepsFlags: false, isShared: true };
  return deriveTemplate(deriver, instruction, facts, variant).holes.length;
}

/** RAM of 1,426 MiB: offsets behind it have the bits of a hole's mark. */
const MARKED_BASE = 0x5a00_0000;

describe("offsets in memory", () => {
  it("are no holes, whatever their bits", () => {
    expect(holesOfSharedStore(built, MARKED_BASE)).toBe(holesOfSharedStore(built, AHEAD_BASE));
  });
});

/** What goes wrong, and the mark of it. */
const BYTES_MUTANTS: readonly (readonly [mistake: string, mark: string])[] = [
  ["AH is taken for AL", "high-byte-is-low"],
  ["a register that the meaning names is any register", "named-register-is-any"],
  ["operands with the same register count as different", "equal-registers-look-different"],
  ["an immediate that matters is taken for another", "first-value-is-for-all"],
];

const LOCKSTEP_MUTANTS: typeof BYTES_MUTANTS = [
  ["a hole has the register of another operand", "hole-has-the-first-register"],
  ["the recipe that comes in is not looked at", "template-forgets-its-recipe"],
  ["flags are not kept for an instruction that may leave", "flags-of-exits-are-not-kept"],
  ["cycles are not given back", "template-refunds-nothing"],
  ["an immediate is not extended by its sign", "immediate-lacks-its-sign"],
  ["a stored value is lost when the next takes its place", "stored-value-dies-with-its-place"],
];

const PROGRAMS = Number(process.env["HALLOWS_PROGRAMS"] ?? 600);
const generator = createGenerator(await loadLibrary(), { hot: [70, 300] });

/** What `built` has, of a build with a mistake. */
async function withMistake(mark: string, examine: (library: Library) => void): Promise<void> {
  const mutant = createMutant(mark);
  try {
    const parts = await Promise.all(
      [
        "ssa/index.js",
        ...["emit/index.js", "plan/index.js"].map((file) => `wasm/${file}`),
        ...["template-book.js", "derive.js"].map((file) => `wasm/template/${file}`),
      ].map((file) => mutant.load<object>(`machine/engine/${file}`)),
    );
    examine(Object.assign({}, ...parts) as Library);
  } finally {
    mutant.remove();
  }
}

describe("a mistake in templates is found", () => {
  it.each(BYTES_MUTANTS)("by their bytes: %s", (_mistake, mark) =>
    withMistake(mark, (library) => expect(compare(library).different).not.toEqual([])),
  );

  it("by their holes: an offset in memory is taken for a hole", () =>
    withMistake("offset-is-taken-for-a-hole", (library) =>
      expect(holesOfSharedStore(library, MARKED_BASE)).not.toBe(holesOfSharedStore(library, AHEAD_BASE)),
    ));

  it.each(LOCKSTEP_MUTANTS)("in lock-step: %s", { timeout: 120_000 }, async (_mistake, mark) => {
    const mutant = createMutant(mark);
    try {
      const library = await loadLibrary();
      const broken = await loadLibrary((path: string) => mutant.load(path));
      const settings = { hotRuns: 2, farCalls: 1_000_000 };
      const judge = createJudge(...createContenders(library, "wasm", broken, settings));
      let index = 0;
      while (index < PROGRAMS && judge.run(generator.create(1, index)) === null) index++;
      expect(index, "programs without a difference").toBeLessThan(PROGRAMS);
    } finally {
      mutant.remove();
    }
  });
});
