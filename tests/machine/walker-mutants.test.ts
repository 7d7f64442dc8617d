import { expect, it } from "vitest";
import type * as Library from "../../dist/machine/index.js";
import { createMutant } from "../mutant.js";
import { bareMachine, imm32 } from "./bare.js";

const PAGE = 0x800000;
const FRAME = 0x720000;
const READ = [0xa0, ...imm32(PAGE), 0, 0, 0, 0, 0x0f, 0x05]; // mov al, [PAGE]; syscall
const WRITE = [0xa2, ...imm32(PAGE), 0, 0, 0, 0, 0x0f, 0x05]; // mov [PAGE], al; syscall
const JUMP = [0xb8, ...imm32(PAGE), 0xff, 0xe0]; // mov eax, PAGE; jmp rax

function exitKind(library: typeof Library, program: readonly number[], rights: Library.MapRights): string | undefined {
  const bare = bareMachine({ programs: [program] }, library);
  const arena = { next: 0xa0000, end: 0xb0000 };
  library.mapPages(bare.machine.state, 0x10000, arena, BigInt(PAGE), FRAME, 4096, rights);
  bare.machine.writeRam(FRAME, Uint8Array.of(0x0f, 0x05));
  bare.run();
  return bare.exits[0]?.kind;
}

// Isolation rests on these three lines of the walker and on nothing else: without one, the fault that it raises is
// gone.
it.each([
  ["U/S", "walk-forgets-user", READ, { write: true, execute: false, user: false }],
  ["W", "walk-forgets-write", WRITE, { write: false, execute: false }],
  ["NX", "walk-forgets-execute", JUMP, { write: true, execute: false }],
] as const)("without the %s check of the walker the access goes through", async (_name, mark, program, rights) => {
  const intact = await import("../../dist/machine/index.js");
  expect(exitKind(intact, program, rights)).toBe("fault");
  const mutant = createMutant(mark);
  try {
    expect(exitKind(await mutant.load<typeof Library>("machine/index.js"), program, rights)).toBe("syscall");
  } finally {
    mutant.remove();
  }
});
