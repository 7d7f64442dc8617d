/**
 * The vectors bite: when one flag formula of a row is inverted, the vectors of that row turn red.
 *
 * Ten rows are drawn at random; MUTANT_SEED=n repeats a draw, MUTANT_COUNT=n draws more.
 */
import { describe, expect, it } from "vitest";
import {
  rows,
  type FlagName,
  type FlagThunks,
  type Operations,
  type Row,
  type Semantics,
} from "../../../dist/machine/isa/index.js";
import { enumerateForms } from "../../../tools/silicon/forms.mjs";
import { FLAG_BITS } from "../../../tools/silicon/layout.mjs";
import { createRandom } from "../../../tools/silicon/random.mjs";
import { createReference, loadMachineModules } from "../../../tools/silicon/reference.mjs";
import { checkForm, readVectors, setOf } from "../../../tools/silicon/vectors.mjs";
import { createMutant } from "../../mutant.js";

type Letter = keyof typeof FLAG_BITS;

const FLAG_NAMES: Record<Letter, FlagName> = { c: "cf", p: "pf", a: "af", z: "zf", s: "sf", o: "of", d: "df" };

const seed = Number(process.env.MUTANT_SEED ?? Date.now() % 1_000_000);
const count = Number(process.env.MUTANT_COUNT ?? 10);
const vectors = readVectors();
const reference = createReference(await loadMachineModules(), vectors.vendor);
const forms = enumerateForms(rows).filter((form: { row: Row }) => setOf(form) === "integer");

/** The same meaning, but with one flag the wrong way round wherever it is written. */
function invertFlag(original: Semantics, letter: Letter): Semantics {
  const name = FLAG_NAMES[letter];
  return ((operations: Operations<bigint>, instruction: Parameters<Semantics>[1]) => {
    const mutated = new Proxy(operations, {
      get(target, property) {
        if (property === "setFlags") {
          return (flags: FlagThunks<bigint>, keep?: bigint) => {
            if (flags[name] === undefined) return target.setFlags(flags, keep);
            const inverted = { [name]: { value: () => flags[name]!() ^ 1n }, directConditions: { value: 0 } };
            return target.setFlags(Object.create(flags, inverted) as FlagThunks<bigint>, keep);
          };
        }
        if (property === "setFlagsWord") {
          return (value: bigint, mask: bigint) => {
            target.setFlagsWord(value ^ (mask & BigInt(FLAG_BITS[letter])), mask);
          };
        }
        const member: unknown = Reflect.get(target, property);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    original(mutated, instruction);
  }) as Semantics;
}

/** Flags that a row writes and the architecture defines. */
function definedFlags(row: Row): Letter[] {
  return [...row.flagsWritten].filter((letter) => !row.flagsUndefined.includes(letter)) as Letter[];
}

/** Runs the row's vectors with the flag inverted; returns how many of its forms turned red. */
function countRedForms(row: Row, letter: Letter): { red: number; all: number } {
  const changeable = row as { semantics: Semantics | null };
  const original = row.semantics;
  if (original === null) throw new Error(`${row.name} has no semantics`);
  changeable.semantics = invertFlag(original, letter);
  try {
    const own = forms.filter((form: { row: Row }) => form.row === row);
    const red = own.filter((form: { row: Row }) => checkForm(vectors, form, reference) !== "").length;
    return { red, all: own.length };
  } finally {
    changeable.semantics = original;
  }
}

describe("an inverted flag formula", () => {
  const random = createRandom(seed);
  const left: Row[] = rows.filter(
    (row) => definedFlags(row).length > 0 && forms.some((form: { row: Row }) => form.row === row),
  );
  const drawn = Array.from({ length: Math.min(count, left.length) }, () => {
    const [row] = left.splice(random.below(left.length), 1);
    return { row, letter: random.pick(definedFlags(row)) as Letter };
  });
  console.log(`mutants: seed ${seed}: ${drawn.map(({ row, letter }) => `${row.name} (${letter})`).join(", ")}`);

  it.each(drawn.map((mutant) => ({ ...mutant, title: `${FLAG_NAMES[mutant.letter]} of ${mutant.row.name}` })))(
    "turns every form red: $title",
    ({ row, letter }) => {
      const { red, all } = countRedForms(row, letter);
      expect(red).toBe(all);
    },
  );

  it("leaves everything green once taken back", () => {
    for (const { row } of drawn.slice(0, 2)) {
      const form = forms.find((each: { row: Row }) => each.row === row);
      expect(checkForm(vectors, form, reference)).toBe("");
    }
  });
});

it("flags that a count of 0 changes turn shifts by CL red", async () => {
  const mutant = createMutant("zero-count-changes-flags");
  try {
    const modules = await Promise.all(
      ["machine", "memory/paging", "state", "turn"].map((name) => mutant.load<object>(`machine/${name}.js`)),
    );
    const broken = createReference(Object.assign({}, ...modules), vectors.vendor);
    const shifts = forms.filter(({ row }: { row: Row }) => /^(SHL|SHR|SAR|ROL|ROR|SHLD|SHRD) .*,CL$/.test(row.name));
    expect(shifts.length).toBeGreaterThan(0);
    for (const form of shifts) expect(checkForm(vectors, form, broken)).not.toBe("");
  } finally {
    mutant.remove();
  }
});
