/**
 * The vectors of rows on XMM registers bite: a seeded mistake in the meaning of a row turns every form of it red.
 *
 * Mutants are drawn at random; MUTANT_SEED=n repeats a draw, MUTANT_COUNT=n draws more.
 */
import { describe, expect, it } from "vitest";
import { rows, type Row, type Semantics } from "../../../dist/machine/isa/index.js";
import { enumerateForms } from "../../../tools/silicon/forms.mjs";
import { createRandom } from "../../../tools/silicon/random.mjs";
import { createReference, loadMachineModules } from "../../../tools/silicon/reference.mjs";
import { checkForm, readVectors, setOf } from "../../../tools/silicon/vectors.mjs";
import { MUTATORS, type Form, type Mutant } from "./vector-mutants.js";

const seed = Number(process.env.MUTANT_SEED ?? Date.now() % 1_000_000);
const count = Number(process.env.MUTANT_COUNT ?? 24);
const vectors = readVectors("vector");
const reference = createReference(await loadMachineModules(), vectors.vendor);
const forms: readonly Form[] = enumerateForms(rows).filter((form: Form) => setOf(form) === "vector");
const ownRows = [...new Set(forms.map((form) => form.row))];

/** The names of the forms that stay green although they should not. */
function survivors({ row, semantics, concerns }: Mutant): string[] {
  const changeable = row as { semantics: Semantics | null };
  const original = row.semantics;
  changeable.semantics = semantics;
  try {
    const own = forms.filter((form) => form.row === row && concerns(form));
    if (own.length === 0) throw new Error(`${row.name}: no form that the mutant concerns`);
    return own.filter((form) => checkForm(vectors, form, reference) === "").map((form) => form.name);
  } finally {
    changeable.semantics = original;
  }
}

describe("a mistake in the meaning of a row", () => {
  const random = createRandom(seed);
  // A kind of mistake first, so that the many rows of a kind don't crowd the others out.
  const left = MUTATORS.map((mutate) => ownRows.flatMap((row: Row) => mutate(row, random)));
  const drawn: Mutant[] = [];
  while (drawn.length < count && left.some((mutants) => mutants.length > 0)) {
    const mutants = random.pick(left.filter((each) => each.length > 0));
    drawn.push(...mutants.splice(random.below(mutants.length), 1));
  }
  console.log(
    `mutants of vector rows: seed ${seed}: ${drawn.map(({ row, title }) => `${row.name} (${title})`).join(", ")}`,
  );

  it.each(drawn.map((mutant) => ({ mutant, title: `${mutant.row.name}: ${mutant.title}` })))(
    "turns every form red: $title",
    ({ mutant }) => {
      expect(survivors(mutant)).toEqual([]);
    },
  );

  it("leaves everything green once taken back", () => {
    for (const { row } of drawn.slice(0, 2)) {
      const form = forms.find((each) => each.row === row);
      expect(checkForm(vectors, form, reference)).toBe("");
    }
  });
});
