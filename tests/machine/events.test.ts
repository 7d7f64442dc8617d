import { describe, expect, it } from "vitest";
import { assemble } from "../../dist/machine/isa/assemble.js";
import { hashText } from "../../dist/trace/index.js";
import { addMessage } from "../../dist/machine/events.js";
import { Vector, type Message } from "../../dist/machine/index.js";
import { bareMachine, DATA, imm32, RFLAGS, RIP, SHARED, type Bare } from "./bare.js";

/** Fills 50 bytes, copies them, sums them in a loop with calls: every kind of block end. */
const PROGRAM = assemble(`
          mov edi, ${DATA}
          mov al, 0x5a
          mov ecx, 50
          rep stosb
          mov esi, ${DATA}
          mov edi, ${DATA + 0x100n}
          mov ecx, 50
          rep movsb
          xor ebx, ebx
          mov ecx, 10
    loop: call add
          dec ecx
          jne loop
          syscall
     add: add ebx, [rcx*4 + ${DATA + 0x100n}]
          lock add [${DATA + 0x200n}], ebx
          ret`);

function finalState(bare: Bare): unknown {
  return {
    exit: bare.exits[0],
    registers: Array.from({ length: 18 }, (_, i) => bare.register(0, i)),
    memory: Array.from(bare.machine.readRam(bare.dataFrame(0), 0x300)),
    retired: bare.machine.state.cores[0].retired,
  };
}

function undisturbed(): Bare {
  const bare = bareMachine({ programs: [PROGRAM] });
  bare.run();
  expect(bare.exits[0]?.kind).toBe("syscall");
  return bare;
}

describe("the timer", () => {
  it("interrupts at the first boundary at or after its cycle, at every cycle of a program, and changes nothing else", () => {
    const reference = undisturbed();
    const end = reference.machine.state.cores[0].now;
    expect(end).toBeGreaterThan(150);
    for (let at = 1; at <= end; at++) {
      const seen: number[] = [];
      const bare = bareMachine({
        programs: [PROGRAM],
        onEvent: (core, exit, { machine }) => {
          expect(exit.kind).toBe("timer");
          seen.push(machine.state.cores[core].now);
        },
      });
      bare.machine.state.cores[0].timerAt = at;
      bare.run();
      if (at < end) expect(seen).toEqual([at]);
      expect(finalState(bare)).toEqual(finalState(reference));
      // A repeated instruction that was interrupted pays its start once more; nothing else costs anything.
      const extra = bare.machine.state.cores[0].now - end;
      expect([0, 1]).toContain(extra);
    }
  });
});

describe("messages", () => {
  it("arrive in the order of arrival, sender and sending, before a timer of the same cycle", () => {
    const seen: string[] = [];
    const bare = bareMachine({
      programs: [PROGRAM],
      onEvent: (_core, exit) =>
        seen.push(exit.kind === "message" ? `${exit.message.from}:${exit.message.kind}` : exit.kind),
    });
    const [core] = bare.machine.state.cores;
    core.timerAt = 40;
    const send = (from: number, at: number, kind: number): void =>
      bare.machine.deliver(core, { from, at, kind, argument: 0, argument2: 0 });
    send(2, 40, 1);
    send(1, 40, 2);
    send(1, 40, 3);
    send(3, 20, 4);
    bare.run();
    expect(seen).toEqual(["3:4", "1:2", "1:3", "2:1", "timer"]);
  });
});

describe("saving and resuming", () => {
  it("at any of 40 cycles gives the same end, hash and clock", () => {
    const words = (bare: Bare): string => hashText(new Uint32Array(bare.machine.state.memory.buffer), 0x300000);
    const reference = undisturbed();
    const end = reference.machine.state.cores[0].now;
    for (let i = 0; i < 40; i++) {
      const at = 1 + ((i * 37) % (end - 1));
      const first = bareMachine({ programs: [PROGRAM] });
      expect(first.run(at)).toBe("until");
      const saved = structuredClone(first.machine.save());
      const second = bareMachine({ programs: [[0xf4]] });
      second.machine.restore(saved);
      second.run();
      expect(finalState(second)).toEqual(finalState(reference));
      expect(second.machine.state.cores[0].now).toBe(end);
      expect(words(second)).toBe(words(reference));
    }
  });

  it("stops at the cycle asked for, and goes on as if it had not", () => {
    const reference = undisturbed();
    const bare = bareMachine({ programs: [PROGRAM] });
    for (let until = 7; bare.run(until) === "until" && bare.exits[0] === null; until += 7)
      expect(bare.machine.state.cores[0].now).toBe(until);
    expect(finalState(bare)).toEqual(finalState(reference));
  });

  it("steps a single instruction", () => {
    const bare = bareMachine({ programs: [PROGRAM] });
    const retired: number[] = [];
    while (bare.run(Infinity, 1) === "instructions") retired.push(bare.machine.state.cores[0].retired);
    expect(retired.slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(finalState(bare)).toEqual(finalState(undisturbed()));
  });

  it("keeps buffered stores", () => {
    const program = [
      ...[0xbf, ...imm32(Number(SHARED))],
      ...[0xc7, 0x07, ...imm32(1)],
      ...[0xc7, 0x47, 0x08, ...imm32(2)],
      ...Array.from({ length: 400 }, () => 0x90),
      ...[0x0f, 0x05],
    ];
    const first = bareMachine({ programs: [program, [0x0f, 0x05]], tsoSeed: 5 });
    first.run(6);
    expect(first.machine.state.cores[0].storeBuffer.length).toBeGreaterThan(0);
    const second = bareMachine({ programs: [[0xf4], [0xf4]], tsoSeed: 5 });
    second.machine.restore(first.machine.save());
    second.run();
    expect(Array.from(second.machine.readRam(second.sharedFrame, 9))).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 2]);
  });
});

describe("traps that are not faults", () => {
  it("INT3 leaves with RIP after it", () => {
    const bare = bareMachine({ programs: [[0x90, 0xcc, 0x90]] });
    bare.run();
    expect(bare.exits[0]).toEqual({ kind: "breakpoint", vector: Vector.Breakpoint });
    expect(bare.register(0, RIP)).toBe(0x400002n);
  });

  it("TF set by POPF traps after the next instruction", () => {
    // pushf; or dword [rsp], 0x100; popf; inc eax; inc eax
    const bare = bareMachine({ programs: [[0x9c, 0x81, 0x0c, 0x24, ...imm32(0x100), 0x9d, 0xff, 0xc0, 0xff, 0xc0]] });
    bare.run();
    expect(bare.exits[0]).toEqual({ kind: "breakpoint", vector: Vector.Debug });
    expect(bare.register(0, 0)).toBe(1n);
    expect(bare.register(0, RFLAGS) & 0x100n).toBe(0x100n);
  });
});

describe("code that changes itself", () => {
  it("runs as changed, from the next instruction on", () => {
    // mov byte [rip+0], 0xc3 style: overwrite the immediate of the next mov, within one block.
    const program = [
      ...[0xc6, 0x05, ...imm32(1), 0x07], // mov byte [rip + 1], 7
      ...[0xb8, ...imm32(1)], //             mov eax, 1   (its immediate becomes 7)
      ...[0x0f, 0x05],
    ];
    const bare = bareMachine({ programs: [program] });
    bare.run();
    expect(bare.register(0, 0)).toBe(7n);
  });

  it("is the same for a repetition over its own bytes, however the run is cut", () => {
    // lea rdi, [rip - 7]; mov ecx, 40; mov al, 0x90; rep stosb: from its own first byte on
    const program = [
      ...[0x48, 0x8d, 0x3d, ...imm32(7)], // lea rdi, [rip + 7] = the rep
      ...[0xb9, ...imm32(40)], //            mov ecx, 40
      ...[0xb0, 0x90], //                    mov al, 0x90
      ...[0xf3, 0xaa], //                    rep stosb
      ...Array.from({ length: 60 }, () => 0x90),
      ...[0x0f, 0x05],
    ];
    const outcome = (options: { runAheadCycles?: number }, piece: number): unknown => {
      const bare = bareMachine({ programs: [program], ...options });
      for (let until = piece; bare.exits[0] === null; until += piece) bare.run(until);
      return { ...(finalState(bare) as object), now: bare.machine.state.cores[0].now };
    };
    const whole = outcome({}, 1e9);
    expect(outcome({ runAheadCycles: 1 }, 1e9)).toEqual(whole);
    for (const piece of [1, 2, 3, 5, 9]) expect(outcome({}, piece)).toEqual(whole);
  });

  it("is noticed in code that ran before", () => {
    const program = [
      ...[0xb9, ...imm32(2)], //        mov ecx, 2
      ...[0xb8, ...imm32(1)], //  again: mov eax, 1
      ...[0x01, 0xc3], //               add ebx, eax
      ...[0xc6, 0x05, ...imm32(-13), 0x64], // mov byte [again + 1], 100
      ...[0xff, 0xc9], //               dec ecx
      ...[0x75, 0xee], //               jne again
      ...[0x0f, 0x05],
    ];
    const bare = bareMachine({ programs: [program] });
    bare.run();
    expect(bare.register(0, 3)).toBe(101n);
  });
});

describe("messages of the same sender and cycle", () => {
  it("arrive by their kind, whichever was sent first", () => {
    const message = (kind: number, argument: number): Message => ({ from: 0, at: 5000, kind, argument, argument2: 0 });
    const orders = [
      [message(3, 0), message(2, 0), message(2, 1)],
      [message(2, 0), message(3, 0), message(2, 1)],
      [message(2, 0), message(2, 1), message(3, 0)],
    ];
    for (const sent of orders) {
      const { state } = bareMachine({ programs: [PROGRAM] }).machine;
      for (const one of sent) addMessage(state.cores[0], one);
      expect(state.cores[0].inbox).toEqual(orders[2]);
    }
  });
});
