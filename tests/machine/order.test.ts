import { describe, expect, it } from "vitest";
import { assemble } from "../../dist/machine/isa/assemble.js";
import type * as Library from "../../dist/machine/index.js";
import { hashText } from "../../dist/trace/index.js";
import { createMutant } from "../mutant.js";
import { bareMachine, DATA, imm32, SHARED, type Bare, type BareOptions } from "./bare.js";

const ROUNDS = 20;

// Core 0: for eax = 1 … ROUNDS: publish eax, then poll until the answer is eax. Times in r8 (start) and r9 (end).
const PING = assemble(`
          mov edi, ${SHARED}
          mov eax, 1
    loop: mov [rdi], eax
    poll: cmp [rdi+64], eax
          jne poll
          inc eax
          cmp eax, ${ROUNDS + 1}
          jne loop
          syscall`);
// Core 1: for eax = 1 … ROUNDS: poll until eax is published, then answer.
const PONG = assemble(`
          mov edi, ${SHARED}
          mov eax, 1
    poll: cmp [rdi], eax
          jne poll
          mov [rdi+64], eax
          inc eax
          cmp eax, ${ROUNDS + 1}
          jne poll
          syscall`);

/**
 * The same two loops by hand: one step a cycle each, memory seen in the order (cycle, core). Returns both clocks at the
 * end.
 */
function expectedClocks(): readonly [number, number] {
  const word = { ping: 0, pong: 0 };
  let [at0, at1] = [0, 0];
  let [i, j] = [1, 1];
  // Per core the step that comes next.
  type Step = "start1" | "start2" | "write" | "poll" | "branch" | "tail1" | "tail2" | "tail3" | "end" | "off";
  let [step0, step1]: [Step, Step] = ["start1", "start1"];
  let hit0 = false;
  let hit1 = false;
  while (step0 !== "off" || step1 !== "off") {
    const zero: boolean = step1 === "off" || (step0 !== "off" && at0 <= at1);
    if (zero) {
      at0++;
      switch (step0) {
        case "start1":
          step0 = "start2";
          break;
        case "start2":
          step0 = "write";
          break;
        case "write":
          word.ping = i;
          step0 = "poll";
          break;
        case "poll":
          hit0 = word.pong === i;
          step0 = "branch";
          break;
        case "branch":
          step0 = hit0 ? "tail1" : "poll";
          break;
        case "tail1":
          i++;
          step0 = "tail2";
          break;
        case "tail2":
          step0 = "tail3";
          break;
        case "tail3":
          step0 = i === ROUNDS + 1 ? "end" : "write";
          break;
        default:
          step0 = "off";
      }
    } else {
      at1++;
      switch (step1) {
        case "start1":
          step1 = "start2";
          break;
        case "start2":
          step1 = "poll";
          break;
        case "poll":
          hit1 = word.ping === j;
          step1 = "branch";
          break;
        case "branch":
          step1 = hit1 ? "write" : "poll";
          break;
        case "write":
          word.pong = j;
          step1 = "tail1";
          break;
        case "tail1":
          j++;
          step1 = "tail2";
          break;
        case "tail2":
          step1 = "tail3";
          break;
        case "tail3":
          step1 = j === ROUNDS + 1 ? "end" : "poll";
          break;
        default:
          step1 = "off";
      }
    }
  }
  return [at0, at1];
}

function hashes(bare: Bare): string[] {
  const words = new Uint32Array(bare.machine.state.memory.buffer);
  return bare.machine.state.cores.map((core) => hashText(words, 0x300000 + core.id * 512));
}

function outcome(programs: BareOptions["programs"], options: Partial<BareOptions>): unknown {
  const bare = bareMachine({ ...options, programs });
  bare.run();
  return {
    exits: bare.exits.map((exit) => exit?.kind),
    clocks: bare.machine.state.cores.map((core) => core.now),
    retired: bare.machine.state.cores.map((core) => core.retired),
    registers: programs.map((_, core) => Array.from({ length: 18 }, (_, i) => bare.register(core, i))),
    hashes: hashes(bare),
  };
}

describe("two polling cores", () => {
  it("measure the round trip that one cycle an instruction implies, exactly", () => {
    const bare = bareMachine({ programs: [PING, PONG] });
    bare.run();
    expect(bare.exits.map((exit) => exit?.kind)).toEqual(["syscall", "syscall"]);
    expect(bare.machine.state.cores.map((core) => core.now)).toEqual(expectedClocks());
  });

  it.each([1, 2, 3, 7, 64, 999, 1000])("end alike at run-ahead %i, with skipping on and off", (runAheadCycles) => {
    const expected = outcome([PING, PONG], {});
    expect(outcome([PING, PONG], { runAheadCycles, skipPolling: true })).toEqual(expected);
    expect(outcome([PING, PONG], { runAheadCycles, skipPolling: false })).toEqual(expected);
  });

  it("never see a message before it is sent", () => {
    // Core 0 publishes the time; core 1 takes its own time after seeing it. r8: least difference seen.
    const sender = assemble(`
              mov edi, ${SHARED}
              mov ecx, 5000
        wait: dec ecx
              jne wait
              rdtsc
              mov [rdi], eax
              syscall`);
    const receiver = assemble(`
              mov edi, ${SHARED}
        poll: mov ebx, [rdi]
              test ebx, ebx
              je poll
              rdtsc
              syscall`);
    for (const runAheadCycles of [1, 64, 1000]) {
      const bare = bareMachine({ programs: [sender, receiver], runAheadCycles });
      bare.run();
      const sentAt = bare.register(1, 3);
      const seenAt = bare.register(1, 0);
      // The store follows the time stamp by one cycle; the poll sees it within a pass of three, and reads its clock
      // three later.
      expect(seenAt - sentAt).toBeGreaterThanOrEqual(4n);
      expect(seenAt - sentAt).toBeLessThanOrEqual(8n);
    }
  });
});

describe("skipping", () => {
  it("charges a long wait without running it", () => {
    const idle = [
      ...[0xbf, ...imm32(Number(SHARED))], // mov edi, SHARED
      ...[0x83, 0x3f, 0x00], //        poll: cmp dword [rdi], 0
      ...[0xf3, 0x90], //                    pause
      ...[0x74, 0xf9], //                    je poll
      ...[0x0f, 0x05],
    ];
    const busy = [
      ...[0xbf, ...imm32(Number(SHARED))],
      ...[0xb9, ...imm32(20_000)], //     mov ecx, 20000
      ...[0xff, 0xc9], //           wait: dec ecx
      ...[0x75, 0xfc], //                 jne wait
      ...[0xc7, 0x07, ...imm32(1)], //    mov dword [rdi], 1
      ...[0x0f, 0x05],
    ];
    const bare = bareMachine({ programs: [idle, busy] });
    bare.run();
    expect(bare.exits.map((exit) => exit?.kind)).toEqual(["syscall", "syscall"]);
    expect(bare.machine.skippedCycles()).toBeGreaterThan(30_000);
    expect(outcome([idle, busy], { skipPolling: false })).toEqual(outcome([idle, busy], {}));
    expect(outcome([busy, idle], { skipPolling: false })).toEqual(outcome([busy, idle], {}));
  });

  it("is exact where the loop spills to its stack and reads two words with an inner loop", () => {
    // for (;;) for (i = 0; i < 2; i++) { stack slot = word[i]; if (slot) leave }
    const idle = [
      ...[0xbf, ...imm32(Number(SHARED))],
      ...[0x31, 0xc9], //                  again: xor ecx, ecx
      ...[0x8b, 0x04, 0x8f], //            next:  mov eax, [rdi+rcx*4]
      ...[0x89, 0x44, 0x24, 0xf8], //             mov [rsp-8], eax
      ...[0x83, 0x7c, 0x24, 0xf8, 0x00], //       cmp dword [rsp-8], 0
      ...[0x75, 0x09], //                         jne out
      ...[0xff, 0xc1], //                         inc ecx
      ...[0x83, 0xf9, 0x02], //                   cmp ecx, 2
      ...[0x75, 0xeb], //                         jne next
      ...[0xeb, 0xe7], //                         jmp again
      ...[0x0f, 0x05], //                  out:   syscall
    ];
    const busy = [
      ...[0xbf, ...imm32(Number(SHARED))],
      ...[0xb9, ...imm32(9_999)],
      ...[0xff, 0xc9],
      ...[0x75, 0xfc],
      ...[0xc7, 0x47, 0x04, ...imm32(1)], // mov dword [rdi+4], 1
      ...[0x0f, 0x05],
    ];
    const bare = bareMachine({ programs: [idle, busy] });
    bare.run();
    expect(bare.machine.skippedCycles()).toBeGreaterThan(10_000);
    expect(outcome([idle, busy], { skipPolling: false })).toEqual(outcome([idle, busy], {}));
  });

  it("brings a poller to the end of a bounded run, to the cycle", () => {
    const idle = [...[0xbf, ...imm32(Number(SHARED))], ...[0x83, 0x3f, 0x00], ...[0x74, 0xfb], ...[0x0f, 0x05]];
    for (const until of [100, 101, 12_345, 1_000_000_007]) {
      const bare = bareMachine({ programs: [idle] });
      expect(bare.run(until)).toBe("until");
      expect(bare.machine.state.cores[0].now).toBe(until);
      expect(bare.machine.state.cores[0].retired).toBe(until);
    }
  });
});

describe("store buffers", () => {
  // Each core stores to its word and reads the other's: the litmus test SB (Owens, Sarkar, Sewell 2009).
  const half = (mine: number, other: number, fence: readonly number[]): number[] => [
    ...[0xbf, ...imm32(Number(SHARED))],
    ...[0xc7, 0x47, mine, ...imm32(1)],
    ...fence,
    ...[0x8b, 0x47, other],
    ...[0x0f, 0x05],
  ];
  const MFENCE = [0x0f, 0xae, 0xf0];
  const LOCKED_PRIVATE = [0xf0, 0x83, 0x0c, 0x24, 0x00]; // lock or dword [rsp], 0

  function bothZero(tsoSeed: number | null, fence: readonly number[]): boolean {
    const bare = bareMachine({ programs: [half(0, 64, fence), half(64, 0, fence)], tsoSeed });
    bare.run();
    return bare.register(0, 0) === 0n && bare.register(1, 0) === 0n;
  }

  it("show a missing barrier under --tso, and only there", () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    expect(bothZero(null, [])).toBe(false);
    expect(seeds.filter((seed) => bothZero(seed, [])).length).toBeGreaterThan(0);
    expect(seeds.filter((seed) => bothZero(seed, MFENCE))).toEqual([]);
    expect(seeds.filter((seed) => bothZero(seed, LOCKED_PRIVATE))).toEqual([]);
  });

  it("let a core read its own stores", () => {
    const own = half(0, 0, []);
    for (let tsoSeed = 0; tsoSeed < 10; tsoSeed++) {
      const bare = bareMachine({ programs: [own, own], tsoSeed });
      bare.run();
      expect(bare.register(0, 0)).toBe(1n);
    }
  });

  it("give the same result at every run-ahead", () => {
    for (const tsoSeed of [1, 2, 3]) {
      const expected = outcome([PING, PONG], { tsoSeed });
      for (const runAheadCycles of [1, 64])
        expect(outcome([PING, PONG], { tsoSeed, runAheadCycles })).toEqual(expected);
    }
  });

  it("drain between instructions, wherever a repetition is cut", () => {
    const stores = assemble(`
        mov edi, ${SHARED}
        mov dword ptr [rdi], 1
        mov esi, ${DATA}
        mov ecx, 400
        rep lodsb
        syscall`);
    const waits = assemble(`
              mov edi, ${SHARED}
        poll: cmp dword ptr [rdi], 1
              jne poll
              syscall`);
    for (const tsoSeed of [1, 2, 3])
      expect(outcome([stores, waits], { tsoSeed, runAheadCycles: 1 })).toEqual(outcome([stores, waits], { tsoSeed }));
  });
});

describe("a core that is first and does not move", () => {
  it("is a Bug that names the core, the cycle, RIP and the partition, not a hang", async () => {
    const waits = [...[0xbf, ...imm32(Number(SHARED))], ...[0x83, 0x3f, 0x00], ...[0x0f, 0x05]];
    // An engine for which no core is ever first.
    const mutant = createMutant("nobody-is-ever-first");
    try {
      const bare = bareMachine(
        { programs: [[0x0f, 0x05], waits] },
        await mutant.load<typeof Library>("machine/index.js"),
      );
      expect(() => bare.run()).toThrow(
        "core 1 does not move: it is first at cycle 1 and did nothing in 10000 slices; it is at 0x400005 in partition 1",
      );
    } finally {
      mutant.remove();
    }
  });

  it("may go to the kernel as often as it likes without having run anything", () => {
    // UD2, again and again: the kernel starts it where it was, at no cost.
    const bare = bareMachine({ programs: [[0x0f, 0x0b]] });
    const { machine } = bare;
    let faults = 0;
    bare.run(1);
    machine.state.cores[0].activity = "running";
    const end = machine.run(
      (core) => {
        if (++faults === 30_000) core.activity = "off";
      },
      { until: Infinity, maxInstructions: Infinity },
    );
    expect(end).toBe("quiet");
    expect(faults).toBe(30_000);
  });
});
