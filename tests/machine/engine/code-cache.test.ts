/**
 * Decoded code has a limit of memory, and nobody can tell where it lies. The program calls every byte of a sled of
 * NOPs: each begins a block of its own, of up to 64 instructions.
 */
import { describe, expect, it } from "vitest";
import type * as Library from "../../../dist/machine/index.js";
import { createMutant } from "../../mutant.js";
import { bareMachine, CODE, imm32, type Bare, type BareOptions } from "../bare.js";

const SLED_OFFSET = 0x1000;
const SLED_BYTES = 0x6000;
const NOPS = 64;
const MOST_CODE_BYTES = 32 * 2 ** 20;

/** `for (p = sled; p < end; p++) p()`, and a sled. */
function sledProgram(): Uint8Array {
  const sled = Number(CODE) + SLED_OFFSET;
  const program = new Uint8Array(SLED_OFFSET + SLED_BYTES).fill(0x90);
  program.set([
    ...[0xbf, ...imm32(sled)], //                   mov edi, sled
    ...[0xff, 0xd7], //                       next: call rdi
    ...[0xff, 0xc7], //                             inc edi
    ...[0x81, 0xff, ...imm32(sled + SLED_BYTES)], // cmp edi, end
    ...[0x75, 0xf4], //                             jne next
    ...[0x0f, 0x05], //                             syscall
  ]);
  for (let at = SLED_OFFSET + NOPS; at < program.length; at += NOPS + 1) program[at] = 0xc3;
  program[program.length - 1] = 0xc3;
  return program;
}

/**
 * Full blocks, one behind the other: a core that began one anew in its middle would stand elsewhere in all that follow.
 */
const STANDING = [...Array.from({ length: 4000 }, () => 0x90), 0xe9, ...imm32(-4005)];

function createSweep(options: Partial<BareOptions>, library?: typeof Library): Bare {
  return bareMachine({ programs: [sledProgram(), STANDING], ...options }, library);
}

/** All cores at each of many cuts, and the most bytes that decoded code took at one. */
function sweep(bare: Bare): { readonly cores: readonly string[]; readonly mostBytes: number } {
  const cores: string[] = [];
  let mostBytes = 0;
  for (let until = 997; bare.exits[0] === null && until < 3_000_000; until += 997) {
    bare.run(until);
    for (const { id } of bare.machine.state.cores) bare.machine.engine.store(id);
    const registers = [0, 7, 16, 17].map((index) => bare.register(0, index));
    cores.push(
      JSON.stringify([registers, bare.machine.state.cores], (_, value) =>
        typeof value === "bigint" ? `${value}` : value,
      ),
    );
    mostBytes = Math.max(mostBytes, bare.machine.engine.codeBytes());
  }
  return { cores, mostBytes };
}

describe("decoded code", () => {
  const whole = sweep(createSweep({ mostCodeBytes: Infinity }));

  it("of a program that jumps to every byte takes more than the limit, where there is none", () => {
    expect(whole.cores.length).toBeGreaterThan(500);
    expect(whole.mostBytes).toBeGreaterThan(2 * MOST_CODE_BYTES);
  });

  it.each(["reference", "wasm"] as const)("stays within its limit on the %s engine, and nothing changes", (engine) => {
    const limited = sweep(createSweep({ mostCodeBytes: MOST_CODE_BYTES, engine, hotRuns: 2 }));
    expect(limited.mostBytes).toBeLessThanOrEqual(MOST_CODE_BYTES);
    expect(limited.mostBytes).toBeGreaterThan(MOST_CODE_BYTES / 2);
    expect(limited.cores).toEqual(whole.cores);
  });

  it("is kept where a core stands in the middle of it", async () => {
    const mutant = createMutant("code-is-dropped-under-a-core");
    try {
      const library = await mutant.load<typeof Library>("machine/index.js");
      expect(sweep(createSweep({ mostCodeBytes: MOST_CODE_BYTES }, library)).cores).not.toEqual(whole.cores);
    } finally {
      mutant.remove();
    }
  });
});
