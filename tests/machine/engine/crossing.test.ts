/**
 * Instructions whose bytes lie in two pages: they are decoded once and translated like others, and are still what the
 * bytes of both pages say at that moment, in that address space.
 */
import { describe, expect, it } from "vitest";
import type * as Library from "../../../dist/machine/index.js";
import * as machine from "../../../dist/machine/index.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { createMutant } from "../../mutant.js";
import { type Bare, bareMachine, CODE, imm32 } from "../bare.js";

const ENGINES = ["reference", "wasm"] as const;
const PAGE = 0x1000;
const SYSTEM_CALL = [0x0f, 0x05];
/** `add rbx, imm32` begins 3 bytes before the page's end. */
const CROSSING_AT = PAGE - 3;

/** An endless loop with an instruction that goes on in the next page; the loop's end is at `endAt`. */
function loop(added: number, end: readonly number[]): Uint8Array {
  const program = new Uint8Array(2 * PAGE).fill(0x90);
  program.set([0x48, 0x81, 0xc3, ...imm32(added), ...end, 0xe9], CROSSING_AT); // add rbx, added; …; jmp
  const behind = CROSSING_AT + 7 + end.length + 5;
  program.set(imm32(CROSSING_AT - 8 - behind), behind - 4);
  program.set([0xe9, ...imm32(CROSSING_AT - 13)]); // from the program's start
  return program;
}

/**
 * A loop with a jump whose last three bytes are in the second page: they say whether RBX grows by 1 or by 0x101 in a
 * pass. Nothing else is there.
 */
function jumping(growsMuch: boolean): Uint8Array {
  const JUMP_AT = PAGE - 2;
  const ADDING_AT = 0x400;
  const program = new Uint8Array(2 * PAGE).fill(0x90);
  program.set([0xe9, ...imm32(JUMP_AT - 5)]);
  for (const [index, added] of [1, 0x101].entries()) {
    const at = ADDING_AT + 0x100 * index;
    program.set([0x48, 0x81, 0xc3, ...imm32(added), ...SYSTEM_CALL, 0xe9, ...imm32(JUMP_AT - at - 14)], at);
  }
  program.set([0xe9, ...imm32(ADDING_AT + (growsMuch ? 0x100 : 0) - PAGE - 3)], JUMP_AT);
  return program;
}

const options = { hotRuns: 2, batchBlocks: 1 };

/** The guest writes the second page's part of the instruction in each of 300 passes. */
function rewritten(engine: (typeof ENGINES)[number], library: typeof Library = machine): Bare {
  // inc byte ptr [rsi]; syscall
  const program = loop(1, [0xfe, 0x06, ...SYSTEM_CALL]);
  const bare = bareMachine({ ...options, engine, programs: [program], calls: 300 }, library);
  bare.setRegister(0, 6, CODE + BigInt(PAGE));
  bare.run();
  return bare;
}

/**
 * Two address spaces have the first page in common, and another behind it. Gives RBX after 100 passes in each by turns.
 */
function twoSpaces(engine: (typeof ENGINES)[number], library: typeof Library = machine): bigint {
  const OTHER = 0x280000;
  const program = jumping(false);
  const roots: number[] = [];
  let passes = 0;
  const bare = bareMachine(
    {
      ...options,
      engine,
      programs: [program],
      calls: 600,
      onCall(_, { machine: { state, switchTables } }) {
        const [core] = state.cores;
        if (roots.length === 0) roots.push(core.tableRoot, otherRoot);
        if (++passes % 100 === 0) switchTables(core, roots[core.tableRoot === roots[0] ? 1 : 0]);
      },
    },
    library,
  );
  const { state, writeRam } = bare.machine;
  const arena = { next: 0x40000, end: 0x50000 };
  const otherRoot = library.createTables(state, arena);
  const rights = { write: true, execute: true };
  library.mapPages(state, otherRoot, arena, CODE, bare.codeFrame(0), PAGE, rights);
  library.mapPages(state, otherRoot, arena, CODE + BigInt(PAGE), OTHER, PAGE, rights);
  writeRam(OTHER, jumping(true).subarray(PAGE));
  bare.run();
  return bare.register(0, 3);
}
const IN_TWO_SPACES = 301n * 1n + 300n * 0x101n;

describe("an instruction that crosses pages", () => {
  it("retires in translated code", () => {
    const bare = bareMachine({ ...options, engine: "wasm", programs: [loop(1, [])] });
    bare.run(100_000);
    const { translated, leftForBlock } = (bare.machine.engine as WasmEngine).counts;
    expect(translated).toBeGreaterThan(99_000);
    expect(leftForBlock).toBeLessThan(20);
  });

  it.each(ENGINES)("is what was written to its second page last (%s)", (engine) => {
    const bare = rewritten(engine);
    // 1 + 2 + … + 301, but that only the low byte of the operand counts on.
    const sum = Array.from({ length: 301 }, (_, index) => BigInt((index + 1) & 0xff)).reduce((a, b) => a + b);
    expect(bare.register(0, 3)).toBe(sum);
  });

  it.each(ENGINES)("goes on in the page that the address space has behind the first (%s)", (engine) => {
    expect(twoSpaces(engine)).toBe(IN_TWO_SPACES);
  });

  it.each(ENGINES)("faults at its second page where that is not there (%s)", (engine) => {
    const program = loop(1, SYSTEM_CALL);
    const bare = bareMachine({
      ...options,
      engine,
      programs: [program],
      calls: 200,
      onCall(_, { machine: { state, switchTables } }) {
        if (state.cores[0].retired < 300) return;
        machine.unmapPages(state, state.cores[0].tableRoot, CODE + BigInt(PAGE), PAGE);
        switchTables(state.cores[0], state.cores[0].tableRoot);
        bare.setRegister(0, 16, CODE + BigInt(CROSSING_AT));
      },
    });
    bare.run();
    expect(bare.exits[0]).toMatchObject({
      kind: "fault",
      address: CODE + BigInt(PAGE),
      rip: CODE + BigInt(CROSSING_AT),
    });
  });

  it.each([
    ["crossing-is-of-one-frame", () => rewritten("reference").register(0, 3), rewritten],
    ["crossing-goes-on-anywhere", () => IN_TWO_SPACES, twoSpaces],
    ["region-ends-with-its-page", () => IN_TWO_SPACES, twoSpaces],
  ] as const)("is not as right with a mistake: %s", async (mark, expected, run) => {
    const mutant = createMutant(mark);
    try {
      const result = run("wasm", await mutant.load<typeof Library>("machine/index.js"));
      expect(typeof result === "bigint" ? result : result.register(0, 3)).not.toBe(expected());
    } finally {
      mutant.remove();
    }
  });
});
