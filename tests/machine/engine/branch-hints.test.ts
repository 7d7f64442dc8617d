import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { createSession, planForProgram } from "../../../dist/system/index.js";

const PROGRAM = new URL("../../../images/programs/hashmap.elf", import.meta.url);
const IF = 0x04;

/** Reads numbers and parts of a module's bytes. */
function createReader(bytes: Uint8Array): {
  readonly isAtEnd: () => boolean;
  readonly unsigned: () => number;
  readonly take: (length: number) => Uint8Array;
} {
  let at = 0;
  return {
    isAtEnd: () => at === bytes.length,
    unsigned() {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++];
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value;
      }
    },
    take: (length) => bytes.subarray(at, (at += length)),
  };
}

/** The hints of a module by function, and the bodies of its functions; both without those that it imports. */
function readModule(module: Uint8Array): { hints: number[][]; bodies: Uint8Array[] } {
  const hints: number[][] = [];
  const bodies: Uint8Array[] = [];
  const reader = createReader(module.subarray(8));
  while (!reader.isAtEnd()) {
    const id = reader.take(1)[0];
    const section = createReader(reader.take(reader.unsigned()));
    if (id === 0) {
      expect(new TextDecoder().decode(section.take(section.unsigned()))).toBe("metadata.code.branch_hint");
      expect(bodies, "hints come before the code").toEqual([]);
      for (let left = section.unsigned(); left > 0; left--) {
        section.unsigned();
        const offsets: number[] = [];
        hints.push(offsets);
        for (let hint = section.unsigned(); hint > 0; hint--) {
          offsets.push(section.unsigned());
          expect([...section.take(2)]).toEqual([1, 0]);
        }
      }
    } else if (id === 10) {
      for (let left = section.unsigned(); left > 0; left--) bodies.push(section.take(section.unsigned()));
    }
  }
  return { hints, bodies };
}

describe("branch hints", () => {
  it("are at branches, ascending, in every function of a module of regions", () => {
    const modules: Uint8Array[] = [];
    const compile = WebAssembly.Module;
    const spy = vi.spyOn(WebAssembly, "Module").mockImplementation(function (bytes) {
      modules.push(bytes as Uint8Array);
      return new compile(bytes);
    });
    try {
      const session = createSession(planForProgram(readFileSync(PROGRAM), "hashmap.elf", {}), {
        engine: "wasm",
        hotRuns: 20,
      });
      session.run({ until: 1_000_000 });
    } finally {
      spy.mockRestore();
    }
    // The first are the routines.
    const hinted = modules.map(readModule).filter(({ hints }) => hints.length > 0);
    expect(hinted.length).toBeGreaterThan(0);
    for (const { hints, bodies } of hinted) {
      expect(hints.length).toBe(bodies.length);
      hints.forEach((offsets, index) => {
        expect(offsets.length).toBeGreaterThan(0);
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
        for (const offset of offsets) expect(bodies[index][offset]).toBe(IF);
      });
    }
  });
});
