/**
 * Chains of regions: translated code goes on in regions of other modules without the engine's help, and is still exact,
 * whatever becomes of regions and addresses. Every case runs with one table for all modules and with one for each.
 */
import { describe, expect, it } from "vitest";
import * as machine from "../../../dist/machine/index.js";
import { createJumpCache, forgetJumps, noteJump } from "../../../dist/machine/engine/wasm/run/jump-cache.js";
import type { EngineCounts } from "../../../dist/machine/engine/wasm/run/counts.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { type Bare, bareMachine, type BareOptions, CODE, imm32 } from "../bare.js";
import { createMutant } from "../../mutant.js";

const FUNCTIONS = 12;
/** Each region has a module of its own, and stays near. */
const EACH_ITS_MODULE = { engine: "wasm", hotRuns: 2, batchBlocks: 1, farCalls: Infinity } as const;
const TABLES = [true, false];
const FAR_AWAY = 0x800;

/** The bytes of CALL or JMP at `at` to `to`. */
const callTo = (at: number, to: number): number[] => [0xe8, ...imm32(to - at - 5)];
const jumpTo = (at: number, to: number): number[] => [0xe9, ...imm32(to - at - 5)];

/** An endless loop that calls functions, each of which does its own to RAX. */
function callingProgram(): number[] {
  const program: number[] = [];
  const functionAt = (index: number): number => FAR_AWAY + 16 * index;
  for (let index = 0; index < FUNCTIONS; index++) program.push(...callTo(program.length, functionAt(index)));
  program.push(...jumpTo(program.length, 0));
  for (let index = 0; index < FUNCTIONS; index++) {
    while (program.length < functionAt(index)) program.push(0x90);
    program.push(0x48, 0x69, 0xc0, ...imm32(0x1234567 + 2 * index)); // imul rax, rax, …
    program.push(0x48, 0xff, 0xc0, 0xc3); //                            inc rax; ret
  }
  return program;
}

/** RAX becomes a sum over a tree of calls of depth RDI: sum(n) = n < 2 ? n : sum(n - 1) + sum(n - 2). */
const FIBONACCI = [
  ...[0x48, 0x83, 0xff, 2, 0x73, 4, 0x48, 0x89, 0xf8, 0xc3], //    cmp rdi, 2; jae + 4; mov rax, rdi; ret
  ...[0x57, 0x48, 0xff, 0xcf, 0xe8, ...imm32(-19)], //             push rdi; dec rdi; call
  ...[0x5f, 0x50, 0x48, 0x83, 0xef, 2, 0xe8, ...imm32(-30)], //    pop rdi; push rax; sub rdi, 2; call
  ...[0x5a, 0x48, 0x01, 0xd0, 0xc3], //                            pop rdx; add rax, rdx; ret
];

/** RAX counts how deep the calls go: 1,500 of them, and back. */
const DEEP = [
  ...[0x48, 0xff, 0xc0, 0x48, 0x3d, ...imm32(1500), 0x74, 5], // inc rax; cmp rax, 1500; je + 5
  ...[0xe8, ...imm32(-16)], //                                   call
  ...[0x48, 0xff, 0xc1, 0xc3], //                                inc rcx; ret
];

/** A program at 0 that calls `body`, which begins behind it, again and again. */
function repeated(before: readonly number[], body: readonly number[]): number[] {
  const call = [...before, ...callTo(before.length, before.length + 10)];
  return [...call, ...jumpTo(call.length, 0), ...body];
}

function describeBare(bare: Bare): string {
  const [core] = bare.machine.state.cores;
  if (core.activity === "running") bare.machine.engine.store(0);
  const registers = Array.from({ length: 18 }, (_, index) => bare.register(0, index).toString(16));
  const hash = bare.machine.state.view.getBigUint64(0x300000, true).toString(16);
  return JSON.stringify({ registers, now: core.now, retired: core.retired, index: core.blockIndex, hash });
}

/** Runs on both engines in the same slices. Gives what differs first, or "". */
function lockStep(options: BareOptions, until: number, library: typeof machine = machine): string {
  const reference = bareMachine({ ...options, engine: "reference" });
  const wasm = bareMachine(options, library);
  for (let at = 0; at < until;) {
    at += 1 + ((at * 7919) % 1777);
    const ends = [reference.run(at), wasm.run(at)];
    if (ends[0] !== ends[1]) return `ended ${ends.join(" and ")} at ${at}`;
    const [left, right] = [describeBare(reference), describeBare(wasm)];
    if (left !== right) return `at ${at}:\n${left}\n${right}`;
  }
  return "";
}

const countsOf = (bare: Bare): EngineCounts => structuredClone((bare.machine.engine as WasmEngine).counts);

/**
 * One core has two address spaces with the same program in both, but for one function, and is in one and in the other
 * by turns. RBX is the sum of what the functions added.
 */
function switchSpaces(sharesTable: boolean, library: typeof machine = machine): bigint {
  const OTHER_CODE = 0x280000;
  const program = (added: number): number[] => {
    const main = [...callTo(0, FAR_AWAY), ...callTo(5, FAR_AWAY), ...callTo(10, FAR_AWAY), 0x0f, 0x05];
    const whole = [...main, ...jumpTo(main.length, 0)];
    while (whole.length < FAR_AWAY) whole.push(0x90);
    return [...whole, 0x48, 0x81, 0xc3, ...imm32(added), 0xc3]; // add rbx, added; ret
  };
  const roots: number[] = [];
  const bare = bareMachine(
    {
      ...EACH_ITS_MODULE,
      sharesTable,
      programs: [program(1)],
      calls: 400,
      onCall(_, { machine: { state, switchTables } }) {
        const [core] = state.cores;
        if (roots.length === 0) roots.push(core.tableRoot, otherRoot);
        switchTables(core, roots[core.tableRoot === roots[0] ? 1 : 0]);
      },
    },
    library,
  );
  const { state, writeRam } = bare.machine;
  const arena = { next: 0x40000, end: 0x50000 };
  const otherRoot = library.createTables(state, arena);
  const rights = { write: true, execute: true };
  library.mapPages(state, otherRoot, arena, CODE, OTHER_CODE, 0x10000, rights);
  library.mapPages(state, otherRoot, arena, 0x500000n, bare.dataFrame(0), 0x10000, rights);
  writeRam(OTHER_CODE, Uint8Array.from(program(1000)));
  bare.run();
  return bare.register(0, 3);
}
/** 401 passes, of which 201 are in the first space. */
const SWITCHED = 3n * (201n + 200n * 1000n);

describe("a chain of regions", () => {
  it.each(TABLES)("is exact at every end of a slice (one table: %s)", (sharesTable) => {
    const options = { ...EACH_ITS_MODULE, sharesTable };
    expect(lockStep({ ...options, programs: [callingProgram()] }, 200_000)).toBe("");
  });

  it.each(TABLES)("goes deeper into calls than anyone keeps account of (one table: %s)", (sharesTable) => {
    for (const farCalls of [Infinity, 0]) {
      const options = { ...EACH_ITS_MODULE, farCalls, sharesTable };
      expect(lockStep({ ...options, programs: [repeated([0x31, 0xc0], DEEP)] }, 60_000)).toBe("");
      const program = repeated([0xbf, 11, 0, 0, 0], FIBONACCI);
      expect(lockStep({ ...options, programs: [program] }, 60_000)).toBe("");
    }
  });

  it("leads through all modules that share a table, and comes back for time alone", () => {
    const bare = bareMachine({ ...EACH_ITS_MODULE, sharesTable: true, programs: [callingProgram()] });
    bare.run(50_000);
    const before = countsOf(bare);
    bare.run(5_000_000);
    const after = countsOf(bare);
    expect(before.modules).toBeGreaterThan(FUNCTIONS);
    expect(after.modules - before.modules).toBe(0);
    expect(after.leftForBlock - before.leftForBlock).toBeLessThan(10);
    expect(after.calls - before.calls).toBeLessThan(1000);
  });

  it("ends where a module ends that has its own table", () => {
    const bare = bareMachine({ ...EACH_ITS_MODULE, sharesTable: false, programs: [callingProgram()] });
    bare.run(50_000);
    const before = countsOf(bare);
    bare.run(100_000);
    expect(countsOf(bare).leftForBlock - before.leftForBlock).toBeGreaterThan(1000);
  });

  it("makes regions far by the time that they take, though the engine never calls them", () => {
    const bare = bareMachine({ ...EACH_ITS_MODULE, farCalls: 200, sharesTable: true, programs: [callingProgram()] });
    bare.run(20_000_000);
    expect(countsOf(bare).replaced).toBeGreaterThan(0);
  });

  it.each(TABLES)("never leads into what another address space has at an address (one table: %s)", (sharesTable) => {
    expect(switchSpaces(sharesTable)).toBe(SWITCHED);
  });

  it.each(TABLES)("never leads into a region that took the place of one (one table: %s)", (sharesTable) => {
    // So few that places are used again and again.
    const options = { ...EACH_ITS_MODULE, mostRegions: 4, sharesTable, programs: [callingProgram()] };
    expect(lockStep(options, 4_000)).toBe("");
  });
});

describe("the jump cache", () => {
  /** Entries that lead to a region, after so many changes of mappings. */
  function entriesAfter(
    changes: number,
    cache: { createJumpCache: typeof createJumpCache; forgetJumps: typeof forgetJumps; noteJump: typeof noteJump },
  ): number {
    const { state } = bareMachine({ programs: [[0xcc]] }).machine;
    const jumps = cache.createJumpCache(state, state.cores[0]);
    cache.noteJump(jumps, { rip: Number(CODE), place: 7, point: null } as Parameters<typeof noteJump>[1]);
    for (let change = 0; change < changes; change++) cache.forgetJumps(jumps);
    const { words, start, epochAt } = jumps;
    let count = 0;
    for (let at = start; at < start + 0x10000; at += 16)
      if (words[at >>> 2] === Number(CODE) && words[(at + 12) >>> 2] === words[epochAt >>> 2]) count++;
    return count;
  }
  const cache = { createJumpCache, forgetJumps, noteJump };

  it("forgets at each change, for good", () => {
    expect([0, 1, 2, 0xffff, 0x10000, 0x10001].map((changes) => entriesAfter(changes, cache))).toEqual([
      1, 0, 0, 0, 0, 0,
    ]);
  });

  it("is found out where it doesn't", async () => {
    const mutant = createMutant("epochs-come-again");
    try {
      const broken = await mutant.load<typeof cache>("machine/engine/wasm/run/jump-cache.js");
      expect(entriesAfter(0x10000, broken)).toBe(1);
    } finally {
      mutant.remove();
    }
  });
});

describe("a mistake in a chain is found", () => {
  it("stale entries of the jump cache are followed", async () => {
    const mutant = createMutant("stale-jumps-are-followed");
    try {
      const broken = await mutant.load<typeof machine>("machine/index.js");
      let sum = 0n;
      try {
        sum = switchSpaces(true, broken);
      } catch {
        // An entry that is empty by now: that is noticed, too.
      }
      expect(sum).not.toBe(SWITCHED);
    } finally {
      mutant.remove();
    }
  });
});
