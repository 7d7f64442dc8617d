/**
 * Mistakes that a translator could make, each seeded into a copy of the build: random programs in lock-step must find it.
 * docs/engine.md lists them. Those of the writer of single operations are in wasm-operations.test.ts.
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
import { createTextMutant } from "../../text-mutant.js";

const SEED = 1;
const PROGRAMS = Number(process.env["HALLOWS_PROGRAMS"] ?? 600);
const HOT = [70, 300];

/** File under machine/engine/wasm/; what goes wrong; text of the built file and what stands there instead. */
const MUTANTS: readonly (readonly [file: string, name: string, find: string, replacement: string])[] = [
  ["routines/repeat-routines", "a copy over itself is made at once", "ltU(bytes.sub(1))", "ltU(1)"],
  ["routines/repeat-routines", "iterations cost nothing", ".extendU().mul(iterationCycles)", ".extendU().mul(0)"],
  [
    "run/region-translation",
    "a region depends on its first page only",
    "used.has(address))",
    "used.has(address)).slice(0, 1)",
  ],
  ["run/run-translated", "an exit within a block gives no cycles back", "cycles -= undone;", ""],
  ["run/run-translated", "what a block did not run counts as retired", "retired = cycles - excess;\n        //", "//"],
  [
    "routines/repeat-routines",
    "each iteration counts as retired",
    "add(elements.mul(iterationCycles))",
    "add(elements.mul(0))",
  ],
  [
    "run/hand-over",
    "the place in the block is lost at an exit",
    "if (blockIndex === 0 || stoppedAt === null)",
    "if (true)",
  ],
  ["run/fill", "synchronising pages are private", "if (!isGuarded(kind, flags))", "if (true)"],
  ["run/fill", "a fill forgets the offset in the page", "return frame + offset;", "return frame;"],
  ["run/run-translated", "a repetition that is cut pays its start again", "core.repeatStarted = true;", ""],
  [
    "run/region-store",
    "regions outlive a write to their code",
    "for (const region of [...(byFrame.get(frame) ?? [])])\n        kill(store, region);",
    "",
  ],
  ["emit/access", "an access to the end of a page may cross it", "4096 - sizeBytes", "4095"],
  [
    "emit/access",
    "an entry of the TLB for reading serves stores",
    "return lookUp(builder, address, sizeBytes, kind);",
    "return lookUp(builder, address, sizeBytes, 0);",
  ],
  ["emit/access", "a span reaches over the end of its page", "Number(span.high - span.low)", "1"],
  ["emit/access", "a span that was not found is used", "builder.set(host, i32(-1))", "undefined"],
  ["emit/access", "the lowest byte of a span is taken for the first access", "address.sub(distance)", "address.sub(0)"],
  [
    "routines/access-routines",
    "both parts of an access are in the first page",
    "filled(kind, core, secondPage)",
    "filled(kind, core, address)",
  ],
  ["routines/access-routines", "bytes on two pages are put together at wrong places", "count.shl(3)", "count.shl(2)"],
  [
    "emit/effect-code",
    "registers are not in place before an effect that may leave",
    "block.sync(stretch ?? node.exit);",
    "",
  ],
  ["emit/block-emitter", "registers are not in place at the end", "this.sync(plan.ssa.endExit);", ""],
  ["emit/block-emitter", "only loop heads look at the time", "? floor : 0)", "? floor : -(1n << 62n))"],
  ["emit/block-emitter", "a block costs an instruction less", "time.sub(cycles)", "time.sub(cycles - 1)"],
  ["emit/block-emitter", "a value is lost when its register is written", "values.saveBefore(register);", ""],
  ["emit/values", "a value is used again after its register was written", "this.current.delete(name);", "return;"],
  [
    "plan/sync-points",
    "flags that a recipe leaves are not kept",
    "progress.needs |= ALL_FLAGS & ~bitsOf(writers)",
    "progress.needs |= 0",
  ],
  [
    "plan/sync-points",
    "flags are dropped though they are live",
    "if (isInR11 || areSameArithmetic(writers, progress.writers))",
    "if (isInR11 || areSameArithmetic(writers, progress.writers) || bitsOf(progress.writers) > 0)",
  ],
  [
    "plan/sync-points",
    "a register that was written before is not written again",
    "if (upToDate[register] === value)",
    "if (upToDate[register] !== undefined)",
  ],
  ["plan/recipe", "a difference is made the wrong way round", "leaves[0], leaves[1])", "leaves[1], leaves[0])"],
  [
    "assembler/module",
    "a function that is called is imported as another",
    "(calls >> index) & 1) === 1",
    "(calls >> index) & 1) === 0",
  ],
  ["run/region-batches", "a region that was replaced is called", "return region.isDead", "return false"],
  ["plan/recipe", "a flag that was set stays set", "result &= ~FLAG_BIT[flag];", ""],
  [
    "emit/region-flow",
    "flags for a later block of the region are not made",
    "liveOut[node].add(flag)",
    "liveOut[node].has(flag)",
  ],
  [
    "emit/region-emitter",
    "flags that only one side of a branch needs are not made",
    "if (late.target === next)\n                emitter.makeFlags(true);",
    "",
  ],
  ["emit/region-start", "flags that wait are not made at the start", "write.call(FUNCTIONS.materialise, core)", "{}"],
  [
    "emit/region-end",
    "the jump cache leads into another module's table",
    "globalOf(I32, 0)",
    "load32(slot, JUMP_CACHE_BASE + 12)",
  ],
  [
    "emit/region-emitter",
    "a computed jump goes to the first place that was seen",
    "rip.eq(blocks[index].rip)",
    "rip.eq(rip)",
  ],
  [
    "emit/region-end",
    "a written register is not stored",
    "builder.store64(core, offset, localOf(I64, registers[register]));",
    "builder.store64(core, offsetOfRegister(register & 7), localOf(I64, registers[register]));",
  ],
  ["emit/region-end", "time is not stored at the end", "TIME_OFFSET, time)", "TIME_OFFSET, builder.floor)"],
  ["emit/flow", "irreducible flow is taken for reducible", "!dominates(to, from)", "false"],
];

/** Of repetitions, which the vectors of REP MOVS and REP STOS find at once. */
const REPEAT_MUTANTS: typeof MUTANTS = [
  ["routines/repeat-routines", "a repetition downwards goes up", "and(1024 /* RFlag.Direction */)", "and(0)"],
  ["routines/repeat-routines", "a page's end is one element later", "i32(4096)", "i32(4104)"],
];

const library = await loadLibrary();
const generator = createGenerator(library, { hot: HOT });

describe("a mistake of the translator is found", () => {
  it.each(MUTANTS)("%s: %s", { timeout: 120_000 }, async (file, _name, find, replacement) => {
    const mutant = createTextMutant(`machine/engine/wasm/${file}.js`, find, replacement);
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

  it.each(REPEAT_MUTANTS)("%s: %s", { timeout: 120_000 }, async (file, _name, find, replacement) => {
    const mutant = createTextMutant(`machine/engine/wasm/${file}.js`, find, replacement);
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
