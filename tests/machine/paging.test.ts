import { describe, expect, it } from "vitest";
import {
  createTables,
  mapPages,
  unmapPages,
  RAM_BASE,
  Vector,
  type Fault,
  type MapRights,
} from "../../dist/machine/index.js";
import { bareMachine, DATA, imm32, RAM_BYTES, type Bare } from "./bare.js";

const PAGE = 0x800000;
const FRAME = 0x720000;

/** A bare machine whose one core runs `program`, with one more page of the given rights at PAGE. */
function withPage(program: readonly number[], rights: MapRights | null, pageBytes = 4096): Bare {
  const bare = bareMachine({ programs: [program] });
  if (rights !== null) addPage(bare, BigInt(PAGE), rights, pageBytes === 4096 ? FRAME : 0x600000, pageBytes);
  return bare;
}

function addPage(bare: Bare, at: bigint, rights: MapRights, frame = FRAME, pageBytes = 4096): void {
  // The bare machine's tables start at 0x10000; spare frames for new tables lie above the others.
  const arena = { next: 0xa0000, end: 0xb0000 };
  mapPages(bare.machine.state, 0x10000, arena, at, frame, pageBytes, rights, pageBytes);
}

function faultOf(bare: Bare): Fault {
  const [exit] = bare.exits;
  if (exit?.kind !== "fault") throw new Error(`expected a fault, got ${exit?.kind}`);
  return exit;
}

const READ = [0xa0, ...imm32(PAGE), 0, 0, 0, 0, 0x0f, 0x05]; // mov al, [PAGE]; syscall
const WRITE = [0xa2, ...imm32(PAGE), 0, 0, 0, 0, 0x0f, 0x05]; // mov [PAGE], al; syscall
const JUMP = [0xb8, ...imm32(PAGE), 0xff, 0xe0]; // mov eax, PAGE; jmp rax

const P = 1;
const W = 2;
const U = 4;
const RSVD = 8;
const I = 16;

describe("a page fault", () => {
  it.each([
    ["read of a page that is not present", READ, null, U],
    ["write to a page that is not present", WRITE, null, U | W],
    ["jump to a page that is not present", JUMP, null, U | I],
    ["write to a read-only page", WRITE, { write: false, execute: false }, P | U | W],
    ["read of a supervisor page", READ, { write: true, execute: false, user: false }, P | U],
    ["write to a supervisor page", WRITE, { write: true, execute: false, user: false }, P | U | W],
    ["jump to a no-execute page", JUMP, { write: true, execute: false }, P | U | I],
  ] as const)("tells a %s", (_name, program, rights, errorCode) => {
    const bare = withPage(program, rights);
    bare.run();
    const fault = faultOf(bare);
    expect(fault.vector).toBe(Vector.PageFault);
    expect(fault.errorCode).toBe(errorCode);
    expect(fault.address).toBe(BigInt(PAGE));
  });

  it("does not come for rights that the page has", () => {
    for (const [program, rights] of [
      [READ, { write: false, execute: false }],
      [WRITE, { write: true, execute: false }],
    ] as const) {
      const bare = withPage(program, rights);
      bare.run();
      expect(bare.exits[0]?.kind).toBe("syscall");
    }
    const bare = withPage(JUMP, { write: false, execute: true });
    bare.machine.writeRam(FRAME, Uint8Array.of(0x0f, 0x05));
    bare.run();
    expect(bare.exits[0]?.kind).toBe("syscall");
  });

  it("tells a reserved bit, a frame outside RAM, and a 1 GiB page", () => {
    const entryAt = (bare: Bare): number => {
      const { view } = bare.machine.state;
      let table = 0x10000;
      for (let level = 3; level > 0; level--)
        table =
          view.getUint32(RAM_BASE + table + (Math.floor(PAGE / 2 ** (12 + 9 * level)) % 512) * 8, true) & 0xfffff000;
      return RAM_BASE + table + ((PAGE >>> 12) % 512) * 8;
    };
    const outside = withPage(READ, { write: true, execute: false });
    outside.machine.state.view.setUint32(entryAt(outside), RAM_BYTES | 7, true);
    outside.run();
    expect(faultOf(outside).errorCode).toBe(P | U | RSVD);

    const huge = withPage(READ, { write: true, execute: false });
    const { view } = huge.machine.state;
    const pdpt = view.getUint32(RAM_BASE + 0x10000, true) & 0xfffff000;
    view.setUint32(RAM_BASE + pdpt, view.getUint32(RAM_BASE + pdpt, true) | 0x80, true);
    huge.run();
    expect(faultOf(huge).errorCode).toBe(P | U | RSVD | I);
  });

  it("leaves registers, flags and memory alone, and points at the instruction", () => {
    // add [PAGE], eax with a read-only page: probed for writing before anything happens
    const bare = withPage([0xf9, 0x01, 0x04, 0x25, ...imm32(PAGE)], { write: false, execute: false });
    bare.setRegister(0, 0, 5n);
    bare.run();
    expect(faultOf(bare)).toMatchObject({ errorCode: P | U | W, rip: 0x400001n });
    expect(bare.register(0, 0)).toBe(5n);
    expect(bare.register(0, 17) & 1n).toBe(1n);
    expect(bare.machine.state.cores[0].retired).toBe(1);
  });
});

describe("an access across two pages", () => {
  const STORE = [0x48, 0xa3, ...imm32(PAGE - 3), 0, 0, 0, 0, 0x0f, 0x05]; // mov [PAGE-3], rax

  it("writes nothing when the second page faults, and CR2 is the second page", () => {
    const bare = bareMachine({ programs: [STORE] });
    addPage(bare, BigInt(PAGE - 4096), { write: true, execute: false });
    bare.setRegister(0, 0, 0x1122334455667788n);
    bare.run();
    expect(faultOf(bare)).toMatchObject({ vector: Vector.PageFault, errorCode: U | W, address: BigInt(PAGE) });
    expect(bare.machine.readRam(FRAME + 4093, 3)).toEqual(Uint8Array.of(0, 0, 0));
  });

  it("puts the bytes into both frames", () => {
    const bare = bareMachine({ programs: [STORE] });
    addPage(bare, BigInt(PAGE - 4096), { write: true, execute: false }, FRAME);
    mapPages(bare.machine.state, 0x10000, { next: 0xb0000, end: 0xc0000 }, BigInt(PAGE), FRAME + 0x4000, 4096, {
      write: true,
      execute: false,
    });
    bare.setRegister(0, 0, 0x1122334455667788n);
    bare.run();
    expect(bare.machine.readRam(FRAME + 4093, 3)).toEqual(Uint8Array.of(0x88, 0x77, 0x66));
    expect(bare.machine.readRam(FRAME + 0x4000, 5)).toEqual(Uint8Array.of(0x55, 0x44, 0x33, 0x22, 0x11));
  });

  it("is also right for an instruction whose bytes lie in two pages", () => {
    const bare = bareMachine({ programs: [[0xe9, ...imm32(0xffc - 5)]] }); // jmp CODE + 0xffc
    bare.machine.writeRam(bare.codeFrame(0) + 0xffc, Uint8Array.of(0xb8, ...imm32(0x12345678), 0x0f, 0x05));
    bare.run();
    expect(bare.exits[0]?.kind).toBe("syscall");
    expect(bare.register(0, 0)).toBe(0x12345678n);
  });
});

describe("accessed and dirty bits", () => {
  it("are set by the walk: A for a read, A and D for a write", () => {
    const bits = (program: readonly number[]): number => {
      const bare = withPage(program, { write: true, execute: false });
      bare.run();
      const { view } = bare.machine.state;
      const at = Array.from({ length: RAM_BYTES / 8 }, (_, i) => i * 8).find((offset) => {
        const low = view.getUint32(RAM_BASE + offset, true);
        return offset < 0xc0000 && (low & 0xfffff001) === (FRAME | 1);
      });
      return at === undefined ? -1 : view.getUint32(RAM_BASE + at, true) & 0x60;
    };
    expect(bits(READ)).toBe(0x20);
    expect(bits(WRITE)).toBe(0x60);
  });
});

describe("a 2 MiB page", () => {
  it("is translated and protected as a whole", () => {
    const at = [0xa1, ...imm32(PAGE + 0x123456), 0, 0, 0, 0, 0x0f, 0x05]; // mov eax, [PAGE + 0x123456]
    const bare = withPage(at, { write: false, execute: false }, 2 * 1024 * 1024);
    bare.machine.writeRam(0x600000 + 0x123456, Uint8Array.of(1, 2, 3, 4));
    bare.run();
    expect(bare.exits[0]?.kind).toBe("syscall");
    expect(bare.register(0, 0)).toBe(0x04030201n);
  });
});

describe("the TLB", () => {
  // mov eax, [DATA]; syscall: run twice with the mapping removed in between.
  const program = [
    0xa1,
    ...imm32(Number(DATA)),
    0,
    0,
    0,
    0,
    0x0f,
    0x05,
    0xa1,
    ...imm32(Number(DATA)),
    0,
    0,
    0,
    0,
    0x0f,
    0x05,
  ];

  function remapped(flush: "none" | "page" | "all"): string | undefined {
    const bare = bareMachine({ programs: [program] });
    bare.run();
    unmapPages(bare.machine.state, 0x10000, DATA, 4096);
    const [core] = bare.machine.state.cores;
    if (flush === "page") bare.machine.invalidatePage(core, Number(DATA));
    if (flush === "all") bare.machine.switchTables(core, 0x10000);
    core.activity = "running";
    bare.machine.engine.load(0);
    bare.exits.fill(null);
    bare.run();
    return bare.exits[0]?.kind;
  }

  it("keeps a translation until INVLPG or a CR3 write", () => {
    expect(remapped("none")).toBe("syscall");
    expect(remapped("page")).toBe("fault");
    expect(remapped("all")).toBe("fault");
  });

  it("keeps global pages over a CR3 write", () => {
    const bare = withPage([...READ, ...READ], { write: true, execute: false, global: true });
    bare.run();
    unmapPages(bare.machine.state, 0x10000, BigInt(PAGE), 4096);
    const [core] = bare.machine.state.cores;
    bare.machine.switchTables(core, 0x10000);
    core.activity = "running";
    bare.machine.engine.load(0);
    bare.run();
    expect(bare.exits[0]?.kind).toBe("syscall");
  });
});

describe("canonical addresses", () => {
  it.each([
    ["data", [0x48, 0xb8, 0, 0, 0, 0, 0, 0x80, 0, 0, 0x8b, 0x08], Vector.GeneralProtection], // mov rax, 1<<47; mov ecx, [rax]
    ["the stack", [0x48, 0xbc, 0, 0, 0, 0, 0, 0x80, 0, 0, 0x58], Vector.StackFault], // mov rsp, 1<<47; pop rax
    ["a jump", [0x48, 0xb8, 0, 0, 0, 0, 0, 0x80, 0, 0, 0xff, 0xe0], Vector.GeneralProtection], // jmp rax
  ] as const)("are demanded of %s", (_name, program, vector) => {
    const bare = bareMachine({ programs: [program] });
    bare.run();
    expect(faultOf(bare)).toMatchObject({ vector, errorCode: 0 });
  });

  it("fault as not present in the upper half, with the whole address in CR2", () => {
    const bare = bareMachine({ programs: [[0x48, 0xc7, 0xc0, ...imm32(-4096), 0x8b, 0x08]] }); // mov rax, -4096; mov ecx, [rax]
    bare.run();
    expect(faultOf(bare)).toMatchObject({ vector: Vector.PageFault, errorCode: U, address: 0xfffffffffffff000n });
  });
});

it("a table entry never lets a guest reach the processor's own memory", () => {
  // Frames are offsets in RAM; the state lies below it and no frame number can name it.
  const bare = bareMachine({ programs: [READ] });
  const arena = { next: 0xa0000, end: 0xb0000 };
  expect(() =>
    mapPages(bare.machine.state, 0x10000, arena, BigInt(PAGE), RAM_BYTES, 4096, { write: true, execute: false }),
  ).toThrow(/outside RAM/);
  expect(createTables(bare.machine.state, { next: 0xc0000, end: 0xd0000 })).toBe(0xc0000);
});
