import { describe, expect, it } from "vitest";
import { createSession, planForProgram, type Session } from "../../dist/system/index.js";
import { END_OF_TIME } from "../../dist/units.js";
import { buildElf, RX } from "../partitions/elf-builder.js";

const WAIT = 2;

/** Waits for nothing until a cycle, and reads the clock in a loop from then on. */
function sleeper(deadline: bigint): Uint8Array {
  const contents = new Uint8Array([
    ...[0xb8, WAIT, 0, 0, 0], // mov eax, WAIT
    ...[0x31, 0xff], // xor edi, edi
    ...[0x48, 0xbe, ...new Uint8Array(new BigUint64Array([deadline]).buffer)], // mov rsi, deadline
    ...[0x0f, 0x05], // syscall
    ...[0x0f, 0x31], // rdtsc
    ...[0xeb, 0xfc], // jmp to rdtsc
  ]);
  return buildElf({ entry: 0x401000n, segments: [{ flags: RX, at: 0x401000n, contents }] });
}

function boot(deadline: bigint, engine: "reference" | "wasm"): Session {
  return createSession(planForProgram(sleeper(deadline), "sleeper.elf"), { engine, hotRuns: 2 });
}

function outcome(session: Session): unknown {
  return [session.now(), session.hashes(), session.retired(), session.account(), session.kernel.view()];
}

describe("virtual time", () => {
  const late = BigInt(END_OF_TIME) - 20_000n;

  it("ends at a stated cycle, reached alike by both engines and in pieces", () => {
    const reference = boot(late, "reference");
    expect(reference.run({ until: Infinity })).toBe("end of time");
    expect(reference.now()).toBe(END_OF_TIME);
    expect(reference.retired()[0]).toBeGreaterThan(15_000);
    const wasm = boot(late, "wasm");
    while (wasm.run({ until: Infinity, maxInstructions: 777 }) === "instructions");
    expect(outcome(wasm)).toEqual(outcome(reference));
  });

  it("does not go on behind its end", () => {
    const session = boot(late, "wasm");
    session.run({ until: Infinity });
    const before = outcome(session);
    expect(session.run({ until: 2 ** 60 })).toBe("end of time");
    expect(outcome(session)).toEqual(before);
  });

  it.each([BigInt(END_OF_TIME) + 1n, 2n ** 53n - 3000n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 2n])(
    "never comes to a deadline behind its end: %s",
    (deadline) => {
      for (const engine of ["reference", "wasm"] as const) {
        const session = boot(deadline, engine);
        expect(["end of time", "quiet"]).toContain(session.run({ until: Infinity }));
        expect(session.retired()[0]).toBe(4);
        expect(session.kernel.view().threads[0].state).toBe("waiting");
      }
    },
  );

  it("goes on in order up to the end when the run is asked for less", () => {
    const session = boot(late, "wasm");
    expect(session.run({ until: END_OF_TIME - 1 })).toBe("until");
    expect(session.now()).toBe(END_OF_TIME - 1);
    expect(session.run({ until: END_OF_TIME })).toBe("end of time");
  });
});
