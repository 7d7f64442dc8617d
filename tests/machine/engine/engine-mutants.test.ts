/**
 * Mistakes that a translator could make, each seeded into a copy of the build: random programs in lock-step must find
 * it. Marks in the sources make them (docs/tests.md). Those of the writer of single operations are in
 * wasm-operations.test.ts.
 *
 * A mutant must not run for ever: one that takes a loop's look at the time away would.
 */
import { describe, expect, it } from "vitest";
import { createJudge } from "../../../tools/lockstep/compare.mjs";
import { createContenders, loadLibrary } from "../../../tools/lockstep/contenders.mjs";
import { createGenerator } from "../../../tools/lockstep/generator.mjs";
import { enumerateForms } from "../../../tools/silicon/forms.mjs";
import { createReference } from "../../../tools/silicon/reference.mjs";
import { checkForm, readVectors } from "../../../tools/silicon/vectors.mjs";
import { createMutant } from "../../mutant.js";
import { sampleOf } from "../../sample.js";

const SEED = 1;
const PROGRAMS = Number(process.env["HALLOWS_PROGRAMS"] ?? 600);
const HOT = [70, 300];

/** What goes wrong, and the mark of it. */
const MUTANTS: readonly (readonly [mistake: string, mark: string])[] = [
  ["a copy over itself is made at once", "copy-over-itself-is-made-at-once"],
  ["iterations cost nothing", "iterations-are-free"],
  ["a region depends on its first page only", "region-has-its-first-page-only"],
  ["an exit within a block gives no cycles back", "exit-gives-no-cycles-back"],
  ["what a block did not run counts as retired", "block-retires-as-a-whole"],
  ["each iteration counts as retired", "iterations-retire"],
  ["the place in the block is lost at an exit", "place-is-lost-at-exits"],
  ["synchronising pages are private", "shared-pages-are-private"],
  ["a fill forgets the offset in the page", "fill-forgets-the-offset"],
  ["a repetition that is cut pays its start again", "cut-repetition-starts-again"],
  ["regions outlive a write to their code", "regions-outlive-their-code"],
  ["an access to the end of a page may cross it", "access-may-cross-the-page"],
  ["an entry of the TLB for reading serves stores", "reading-entry-serves-stores"],
  ["a span reaches over the end of its page", "span-reaches-over-the-page"],
  ["a span that was not found is used", "missed-span-is-used"],
  ["the lowest byte of a span is taken for the first access", "first-access-is-the-lowest"],
  ["both parts of an access are in the first page", "both-parts-are-in-the-first-page"],
  ["bytes on two pages are put together at wrong places", "parts-meet-at-wrong-bits"],
  ["registers are not in place before an effect that may leave", "effect-leaves-registers-behind"],
  ["registers are not in place at the end", "end-leaves-registers-behind"],
  ["only loop heads look at the time", "only-loops-look-at-the-time"],
  ["a block costs an instruction less", "block-costs-one-less"],
  ["a value is lost when its register is written", "value-dies-with-its-register"],
  ["a value is used again after its register was written", "value-outlives-its-register"],
  ["flags that a recipe leaves are not kept", "recipe-flags-are-not-kept"],
  ["flags are dropped though they are live", "live-flags-are-dropped"],
  ["a register that was written before is not written again", "register-is-written-once"],
  ["a difference is made the wrong way round", "difference-is-the-wrong-way-round"],
  ["a function that is called is imported as another", "other-function-is-imported"],
  ["a region that was replaced is called", "replaced-region-is-called"],
  ["a flag that was set stays set", "set-flag-stays-set"],
  ["flags for a later block of the region are not made", "later-flags-are-not-made"],
  ["flags that only one side of a branch needs are not made", "second-side-lacks-its-flags"],
  ["flags that wait are not made at the start", "waiting-flags-are-not-made"],
  ["the jump cache leads into another module's table", "jump-leads-into-another-table"],
  ["a computed jump goes to the first place that was seen", "jump-goes-to-the-first-place"],
  ["a written register is not stored", "high-register-is-not-stored"],
  ["time is not stored at the end", "time-is-not-stored"],
  ["irreducible flow is taken for reducible", "irreducible-flow-is-reducible"],
];

/** Of repetitions, which the vectors of REP MOVS and REP STOS find at once. */
const REPEAT_MUTANTS: typeof MUTANTS = [
  ["a repetition downwards goes up", "repetition-down-goes-up"],
  ["a page's end is one element later", "page-ends-an-element-later"],
];

const library = await loadLibrary();
const generator = createGenerator(library, { hot: HOT });

describe("a mistake of the translator is found", () => {
  it.each(sampleOf(MUTANTS, 3))("%s", { timeout: 120_000 }, async (_mistake, mark) => {
    const mutant = createMutant(mark);
    try {
      const broken = await loadLibrary((path: string) => mutant.load(path));
      const judge = createJudge(...createContenders(library, "wasm", broken));
      let index = 0;
      while (index < PROGRAMS && judge.run(generator.create(SEED, index)) === null) index++;
      expect(index, "programs without a difference").toBeLessThan(PROGRAMS);
    } finally {
      mutant.remove();
    }
  });
});

describe("a mistake in a repetition is found", () => {
  const vectors = readVectors();
  const forms = enumerateForms(library.isa.rows).filter(({ name }: { name: string }) =>
    /^(MOVS|STOS).* rep$/.test(name),
  );

  it.each(REPEAT_MUTANTS)("%s", { timeout: 120_000 }, async (_mistake, mark) => {
    const mutant = createMutant(mark);
    try {
      const modules = await Promise.all(
        ["machine", "memory/paging", "state", "turn"].map((name) => mutant.load<object>(`machine/${name}.js`)),
      );
      const machine = createReference(Object.assign({}, ...modules), vectors.vendor, "wasm");
      expect(forms.some((form: object) => checkForm(vectors, form, machine) !== "")).toBe(true);
    } finally {
      mutant.remove();
    }
  });
});
