import { describe, expect, it } from "vitest";
import { formatInstruction, rows, Vector } from "../../dist/machine/isa/index.js";
import { bareMachine, imm32, SHARED } from "./bare.js";
import { createRandom, encodeRow } from "./isa/row-encoder.js";

/**
 * What the bare machine says to one encoding of a row: "#GP", "#UD", "syscall", "breakpoint", or the vector of another
 * fault.
 */
function outcomeOf(bytes: Uint8Array): string {
  const bare = bareMachine({ programs: [[...bytes, 0x0f, 0x05]] });
  bare.run(Infinity, 1);
  const [exit] = bare.exits;
  if (exit === null) return "runs";
  if (exit.kind !== "fault") return exit.kind;
  if (exit.vector === Vector.InvalidOpcode) return "#UD";
  return exit.vector === Vector.GeneralProtection ? "#GP" : `vector ${exit.vector}`;
}

describe("the table of outcomes in ring 3", () => {
  const refused = rows.filter(({ ring3 }) => ring3 === "#GP" || ring3 === "#UD");

  it.each(refused.map((row) => [row.name, row] as const))("holds for %s", (_name, row) => {
    const random = createRandom(1);
    for (let i = 0; i < 4; i++) {
      const { bytes, instruction } = encodeRow(row, random);
      expect(outcomeOf(bytes), formatInstruction(instruction)).toBe(row.ring3);
    }
  });

  it("names the instruction that is refused or lacking", () => {
    const nameOf = (bytes: readonly number[]): string => {
      const bare = bareMachine({ programs: [bytes] });
      bare.run();
      const [exit] = bare.exits;
      return exit?.kind === "fault" ? exit.instruction : "";
    };
    expect(nameOf([0xf4])).toBe("HLT");
    expect(nameOf([0x0f, 0xfc, 0xc1])).toBe("PADDB");
    expect(nameOf([0xd9, 0xe8])).toBe("FLD1");
    expect(nameOf([0x0f, 0x0b])).toBe("");
  });
});

it("sixteen cores count together without losing one", () => {
  const rounds = 50;
  const program = [
    ...[0xbf, ...imm32(Number(SHARED))], // mov edi, SHARED
    ...[0xb9, ...imm32(rounds)], //         mov ecx, rounds
    ...[0xf0, 0xff, 0x07], //         loop: lock inc dword [rdi]
    ...[0xff, 0xc9], //                     dec ecx
    ...[0x75, 0xf9], //                     jne loop
    ...[0x0f, 0x05],
  ];
  for (const runAheadCycles of [1, 1000]) {
    const bare = bareMachine({ programs: Array.from({ length: 16 }, () => program), runAheadCycles });
    bare.run();
    expect(bare.machine.state.view.getUint32(0x1000000 + bare.sharedFrame, true)).toBe(16 * rounds);
    expect(bare.machine.state.cores.map((core) => core.now)).toEqual(Array.from({ length: 16 }, () => 3 * rounds + 3));
  }
});
