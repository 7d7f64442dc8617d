/**
 * The bare machine for tests: no kernel, one page table a core, raw code. A program ends with SYSCALL, a fault or a
 * breakpoint; then its core is switched off and the exit kept.
 *
 *   0x400000  code of the core, 64 KiB, readable, writable and executable
 *   0x500000  private data of the core, 64 KiB
 *   0x600000  one page that all cores share (synchronising)
 *   stack pointer at 0x508000
 */
import * as built from "../../dist/machine/index.js";
import { type Machine, type MachineExit, type MachineOptions, type MachineRunEnd } from "../../dist/machine/index.js";

export const CODE = 0x400000n;
export const DATA = 0x500000n;
export const SHARED = 0x600000n;
export const STACK_TOP = 0x508000n;
export const RAM_BYTES = 8 * 1024 * 1024;
const SHARED_FRAME = 0x700000;
const CORE_STRIDE = 0x10000;

export interface Bare {
  readonly machine: Machine;
  readonly exits: (MachineExit | null)[];
  /** Frame of the code of a core. */
  codeFrame(core: number): number;
  dataFrame(core: number): number;
  readonly sharedFrame: number;
  /** rax … r15, rip, rflags as of the last exit of the core. */
  register(core: number, index: number): bigint;
  setRegister(core: number, index: number, value: bigint): void;
  run(until?: number, maxInstructions?: number): MachineRunEnd;
}

export const RIP = 16;
export const RFLAGS = 17;

export interface BareOptions extends Partial<MachineOptions> {
  readonly programs: readonly (readonly number[] | Uint8Array)[];
  /** What to do with timer and message exits; the default goes on. */
  readonly onEvent?: (core: number, exit: MachineExit, bare: Bare) => void;
  /** So many SYSCALLs of each core return at once before one ends its program. */
  readonly calls?: number;
  /** One of these calls, before it returns. */
  readonly onCall?: (core: number, bare: Bare) => void;
}

/** `library`: another build of the machine, such as a mutant. */
export function bareMachine(
  { programs, onEvent, calls = 0, onCall, ...options }: BareOptions,
  library: typeof built = built,
): Bare {
  const { createMachine, createTables, mapPages, INITIAL_MXCSR, MXCSR_OFFSET } = library;
  const machine = createMachine({ ramBytes: RAM_BYTES, cores: programs.length, ...options });
  const exits: (MachineExit | null)[] = programs.map(() => null);
  const roots: number[] = [];
  const made = programs.map(() => 0);
  const codeFrame = (core: number): number => 0x200000 + core * CORE_STRIDE;
  const dataFrame = (core: number): number => 0x400000 + core * CORE_STRIDE;
  machine.markSynchronising(SHARED_FRAME, 4096);
  programs.forEach((program, core) => {
    const arena = { next: 0x10000 + core * 0x10000, end: 0x20000 + core * 0x10000 };
    const root = createTables(machine.state, arena);
    roots.push(root);
    mapPages(machine.state, root, arena, CODE, codeFrame(core), CORE_STRIDE, { write: true, execute: true });
    mapPages(machine.state, root, arena, DATA, dataFrame(core), CORE_STRIDE, { write: true, execute: false });
    mapPages(machine.state, root, arena, SHARED, SHARED_FRAME, 4096, { write: true, execute: false });
    machine.writeRam(codeFrame(core), Uint8Array.from(program));
    setRegister(core, 4, STACK_TOP);
    setRegister(core, RIP, CODE);
    setRegister(core, RFLAGS, 0x202n);
    machine.state.view.setUint32(registersAt(core) + MXCSR_OFFSET, INITIAL_MXCSR, true);
  });

  /** Registers of core i lie in context i until it is loaded. */
  function registersAt(core: number): number {
    return machine.state.cores[core].context < 0 ? 0x200000 + core * 512 : core * 0x10000;
  }
  function setRegister(core: number, index: number, value: bigint): void {
    machine.state.view.setBigUint64(registersAt(core) + 8 * index, value, true);
  }

  const bare: Bare = {
    machine,
    exits,
    codeFrame,
    dataFrame,
    sharedFrame: SHARED_FRAME,
    register: (core, index) => machine.state.view.getBigUint64(registersAt(core) + 8 * index, true),
    setRegister,
    run: (until = Infinity, maxInstructions = Infinity) =>
      machine.run(
        (core, exit) => {
          if (exit.kind === "start") {
            machine.switchTables(core, roots[core.id]);
            core.activity = "running";
            core.hashSlot = core.id;
            machine.loadContext(core, core.id);
          } else if (exit.kind === "timer" || exit.kind === "message") {
            onEvent?.(core.id, exit, bare);
            core.activity = "running";
            machine.engine.load(core.id);
          } else if (exit.kind === "syscall" && made[core.id]++ < calls) {
            onCall?.(core.id, bare);
            machine.engine.load(core.id);
          } else {
            exits[core.id] = exit;
            core.activity = "off";
          }
        },
        { until, maxInstructions },
      ),
  };
  return bare;
}

/** Little-endian bytes of a 32-bit immediate. */
export function imm32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
}
