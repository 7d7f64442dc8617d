/**
 * REP MOVS, STOS, CMPS and SCAS with 64-bit addresses: whole iterations, a page at a time.
 *
 * Invariant: a routine returns between two iterations, with the registers and the time as they are there: at the end of the
 * repetition, when no time is left, or where an element needs the reference engine (a fault, a guarded page), of which nothing has
 * happened then. Accesses are translated in the order of string.ts.
 */
import { TlbKind } from "../../../memory/tlb.js";
import {
  RAM_BASE,
  RFLAGS_OFFSET,
  RFlag,
  TLB_FRAMES_BYTES,
  TLB_FRAMES_OFFSET,
  TLB_TAGS_BYTES,
  TLB_TAGS_OFFSET,
} from "../../../state.js";
import { pushEntry } from "./tlb-entry.js";
import { FunctionIndex, Op, Type } from "../assembler/index.js";
import { BULK_ACCESS, EXCESS_OFFSET } from "../layout.js";
import { RoutineWriter } from "./routine-writer.js";

/** Fewer bytes are moved an element at a time: V8 calls into C++ for the bulk instructions. */
const BULK_BYTES = 32;

/** What CMPS and SCAS found, besides registers and operands. */
export const enum RepeatEnd {
  /** The condition ended it, or the count. */
  Done = 0,
  Unfinished = 1,
  /** Not one iteration has run: there are no operands. */
  NotBegun = 2,
}

class RepeatWriter extends RoutineWriter {
  constructor(
    parameters: readonly string[],
    private readonly iterationCycles: number,
  ) {
    super(parameters);
    this.local(
      Type.I32,
      "step",
      "elements",
      "room",
      "slot",
      "from",
      "to",
      "failed",
      "bytes",
      "lowFrom",
      "lowTo",
      "done",
    );
    this.local(Type.I64, "offset", "value");
  }

  /** step = DF ? -size : size */
  writeStep(): void {
    const { code } = this;
    code.i32(0);
    this.get("size");
    code.op(Op.I32Sub);
    this.get("size");
    this.get("core");
    code.memory(Op.I32Load, RFLAGS_OFFSET);
    code.i32(RFlag.Direction);
    code.op(Op.I32And);
    code.op(Op.Select);
    this.set("step");
  }

  /** elements = how many may run before the count or the time is used up; branches to "end" for none. */
  writeLimit(): void {
    const { code, iterationCycles } = this;
    this.get("rcx");
    code.op(Op.I64Eqz);
    this.branchIf("end");
    this.get("time");
    code.op(Op.I32WrapI64);
    this.tee("elements");
    code.i32(1);
    code.op(Op.I32LtS);
    this.branchIf("end");
    if (iterationCycles !== 1) {
      this.get("elements");
      code.i32(iterationCycles - 1);
      code.op(Op.I32Add);
      code.i32(iterationCycles);
      code.op(Op.I32DivU);
      this.set("elements");
    }
    this.get("rcx");
    this.get("elements");
    code.op(Op.I64ExtendI32U);
    code.op(Op.I64LtU);
    this.when(() => {
      this.get("rcx");
      code.op(Op.I32WrapI64);
      this.set("elements");
    });
  }

  /** elements = at most those from the one at a register to the end of its page, in the direction; 0 where it crosses. */
  writeRoom(register: "rsi" | "rdi"): void {
    const { code } = this;
    const offset = (): void => {
      this.get(register);
      code.op(Op.I32WrapI64);
      code.i32(4095);
      code.op(Op.I32And);
    };
    code.i32(4096);
    offset();
    code.op(Op.I32Sub);
    this.get("size");
    code.op(Op.I32DivU);
    this.set("room");
    this.get("step");
    code.i32(0);
    code.op(Op.I32LtS);
    code.i32(0);
    this.get("room");
    code.op(Op.I32LtU);
    code.op(Op.I32And);
    this.when(() => {
      offset();
      this.get("size");
      code.op(Op.I32DivU);
      code.i32(1);
      code.op(Op.I32Add);
      this.set("room");
    });
    this.get("room");
    this.get("elements");
    code.op(Op.I32LtU);
    this.when(() => {
      this.get("room");
      this.set("elements");
    });
  }

  /** What `fill` is told (gate.ts): synchronising pages are the reference engine's. */
  pushFlags(kind: TlbKind.Read | TlbKind.Write): void {
    const { code } = this;
    this.get("size");
    code.i32(1);
    code.op(Op.I32Shl);
    code.i32(kind | BULK_ACCESS);
    code.op(Op.I32Or);
  }

  /** host = offset in RAM of the element at a register; branches to "end" where the reference engine is needed. */
  writeTranslation(register: "rsi" | "rdi", kind: TlbKind.Read | TlbKind.Write, host: "from" | "to"): void {
    const { code } = this;
    pushEntry(code, this.indexOf(register), this.indexOf("slot"), this.indexOf("core"));
    this.tee("slot");
    code.memory(Op.I64Load, TLB_TAGS_OFFSET + kind * TLB_TAGS_BYTES);
    this.get(register);
    code.op(Op.I64Xor);
    this.tee("offset");
    code.i64(4095n);
    code.op(Op.I64GtU);
    this.when(
      () => {
        this.get("core");
        this.get(register);
        code.op(Op.I32WrapI64);
        this.get(register);
        code.i64(32n);
        code.op(Op.I64ShrU);
        code.op(Op.I32WrapI64);
        this.pushFlags(kind);
        code.i32(0);
        code.op1(Op.Call, FunctionIndex.Fill);
        this.tee(host);
        code.i32(-1);
        code.op(Op.I32Eq);
        this.branchIf("end");
      },
      () => {
        this.get("slot");
        code.memory(Op.I32Load, TLB_FRAMES_OFFSET + kind * TLB_FRAMES_BYTES);
        this.get("offset");
        code.op(Op.I32WrapI64);
        code.op(Op.I32Add);
        this.set(host);
      },
    );
  }

  /** value = the element at a register, in whatever pages. */
  writeLoadSlowly(register: "rsi" | "rdi", value: string): void {
    const { code } = this;
    this.get("core");
    this.get(register);
    this.pushFlags(TlbKind.Read);
    code.i32(0);
    this.get("time");
    code.op1(Op.Call, FunctionIndex.LoadSlowly);
    this.set("failed");
    this.set(value);
    this.get("failed");
    this.branchIf("end");
  }

  writeStoreSlowly(value: string): void {
    const { code } = this;
    this.get("core");
    this.get("rdi");
    this.pushFlags(TlbKind.Write);
    code.i32(0);
    this.get("time");
    this.get(value);
    code.op1(Op.Call, FunctionIndex.StoreSlowly);
    this.branchIf("end");
  }

  /** Pushes the element at an offset in RAM. */
  pushElement(host: string): void {
    const { code } = this;
    const at = (bytes: number, op: Op, otherwise: () => void): void => {
      this.get("size");
      code.i32(bytes);
      code.op(Op.I32Eq);
      this.when(
        () => {
          this.get(host);
          code.memory(op, RAM_BASE);
        },
        otherwise,
        Type.I64,
      );
    };
    at(1, Op.I64Load8U, () =>
      at(8, Op.I64Load, () =>
        at(4, Op.I64Load32U, () => {
          this.get(host);
          code.memory(Op.I64Load16U, RAM_BASE);
        }),
      ),
    );
  }

  /** Stores `value` at the offset in RAM in local "to". */
  writeElement(value: string): void {
    const { code } = this;
    const at = (bytes: number, op: Op, otherwise: () => void): void => {
      this.get("size");
      code.i32(bytes);
      code.op(Op.I32Eq);
      const store = (): void => {
        this.get("to");
        this.get(value);
        code.memory(op, RAM_BASE);
      };
      this.when(store, otherwise);
    };
    at(1, Op.I64Store8, () =>
      at(8, Op.I64Store, () =>
        at(4, Op.I64Store32, () => {
          this.get("to");
          this.get(value);
          code.memory(Op.I64Store16, RAM_BASE);
        }),
      ),
    );
  }

  /** Moves a local by one element. */
  writeAdvance(host: "from" | "to"): void {
    this.get(host);
    this.get("step");
    this.code.op(Op.I32Add);
    this.set(host);
  }

  /** Registers and time after `elements` iterations. */
  writeProgress(...registers: readonly ("rsi" | "rdi")[]): void {
    const { code, iterationCycles } = this;
    for (const register of registers) {
      this.get(register);
      this.get("elements");
      this.get("step");
      code.op(Op.I32Mul);
      code.op(Op.I64ExtendI32S);
      code.op(Op.I64Add);
      this.set(register);
    }
    this.get("rcx");
    this.get("elements");
    code.op(Op.I64ExtendI32U);
    code.op(Op.I64Sub);
    this.set("rcx");
    this.get("time");
    this.get("elements");
    code.op(Op.I64ExtendI32U);
    code.i64(BigInt(iterationCycles));
    code.op(Op.I64Mul);
    code.op(Op.I64Sub);
    this.set("time");
    // No instruction retires in them.
    this.get("core");
    this.get("core");
    code.memory(Op.I32Load, EXCESS_OFFSET);
    this.get("elements");
    code.i32(iterationCycles);
    code.op(Op.I32Mul);
    code.op(Op.I32Add);
    code.memory(Op.I32Store, EXCESS_OFFSET);
  }

  /** bytes = those of all elements; the lowest of them is at `low`. */
  writeBytes(): void {
    const { code } = this;
    this.get("elements");
    this.get("size");
    code.op(Op.I32Mul);
    this.set("bytes");
  }
  writeLowest(host: "from" | "to", low: "lowFrom" | "lowTo"): void {
    const { code } = this;
    this.get(host);
    this.get("bytes");
    this.get("size");
    code.op(Op.I32Sub);
    code.i32(0);
    this.get("step");
    code.i32(0);
    code.op(Op.I32LtS);
    code.op(Op.Select);
    code.op(Op.I32Sub);
    this.set(low);
  }

  /** Runs `element` for each, with the locals "from" and "to" at it; `done` counts them. */
  writeEach(element: () => void, ...hosts: readonly ("from" | "to")[]): void {
    const { code } = this;
    code.i32(0);
    this.set("done");
    this.loop("each", () => {
      element();
      for (const host of hosts) this.writeAdvance(host);
      this.get("done");
      code.i32(1);
      code.op(Op.I32Add);
      this.tee("done");
      this.get("elements");
      code.op(Op.I32LtU);
      this.branchIf("each");
    });
  }
}

/** (core, time, rcx, rsi, rdi, size) -> (time, rcx, rsi, rdi) */
export function repeatMove(iterationCycles: number): Uint8Array {
  const routine = new RepeatWriter(["core", "time", "rcx", "rsi", "rdi", "size"], iterationCycles);
  const { code } = routine;
  const inPage = (): void => {
    routine.writeTranslation("rsi", TlbKind.Read, "from");
    routine.writeTranslation("rdi", TlbKind.Write, "to");
    routine.writeBytes();
    routine.writeLowest("from", "lowFrom");
    routine.writeLowest("to", "lowTo");
    // How far the target runs ahead of the source, in the direction of the copy: less than all, and it is read again.
    routine.get("lowTo");
    routine.get("lowFrom");
    code.op(Op.I32Sub);
    routine.get("lowFrom");
    routine.get("lowTo");
    code.op(Op.I32Sub);
    routine.get("step");
    code.i32(0);
    code.op(Op.I32LtS);
    code.op(Op.I32Eqz);
    code.op(Op.Select);
    code.i32(1);
    code.op(Op.I32Sub);
    routine.get("bytes");
    code.i32(1);
    code.op(Op.I32Sub);
    code.op(Op.I32LtU);
    routine.get("bytes");
    code.i32(BULK_BYTES);
    code.op(Op.I32LtU);
    code.op(Op.I32Or);
    routine.when(
      () =>
        routine.writeEach(
          () => {
            routine.pushElement("from");
            routine.set("value");
            routine.writeElement("value");
          },
          "from",
          "to",
        ),
      () => {
        for (const low of ["lowTo", "lowFrom"]) {
          routine.get(low);
          code.i32(RAM_BASE);
          code.op(Op.I32Add);
        }
        routine.get("bytes");
        code.append([0xfc, 0x0a, 0, 0]);
      },
    );
  };
  const across = (): void => {
    routine.writeLoadSlowly("rsi", "value");
    routine.writeStoreSlowly("value");
    code.i32(1);
    routine.set("elements");
  };
  routine.writeStep();
  routine.block("end", () =>
    routine.loop("again", () => {
      routine.writeLimit();
      routine.writeRoom("rsi");
      routine.writeRoom("rdi");
      routine.get("elements");
      routine.when(inPage, across);
      routine.writeProgress("rsi", "rdi");
      routine.branch("again");
    }),
  );
  for (const name of ["time", "rcx", "rsi", "rdi"]) routine.get(name);
  return routine.take();
}

/** (core, time, rcx, rdi, rax, size) -> (time, rcx, rdi) */
export function repeatStore(iterationCycles: number): Uint8Array {
  const routine = new RepeatWriter(["core", "time", "rcx", "rdi", "rax", "size"], iterationCycles);
  const { code } = routine;
  const inPage = (): void => {
    routine.writeTranslation("rdi", TlbKind.Write, "to");
    routine.writeBytes();
    routine.writeLowest("to", "lowTo");
    routine.get("bytes");
    code.i32(BULK_BYTES);
    code.op(Op.I32LtU);
    routine.get("size");
    code.i32(1);
    code.op(Op.I32Eq);
    routine.get("rax");
    code.op(Op.I64Eqz);
    code.op(Op.I32Or);
    code.op(Op.I32Eqz);
    code.op(Op.I32Or);
    routine.when(
      () => routine.writeEach(() => routine.writeElement("rax"), "to"),
      () => {
        routine.get("lowTo");
        code.i32(RAM_BASE);
        code.op(Op.I32Add);
        routine.get("rax");
        code.op(Op.I32WrapI64);
        routine.get("bytes");
        code.append([0xfc, 0x0b, 0]);
      },
    );
  };
  const across = (): void => {
    routine.writeStoreSlowly("rax");
    code.i32(1);
    routine.set("elements");
  };
  routine.writeStep();
  routine.block("end", () =>
    routine.loop("again", () => {
      routine.writeLimit();
      routine.writeRoom("rdi");
      routine.get("elements");
      routine.when(inPage, across);
      routine.writeProgress("rdi");
      routine.branch("again");
    }),
  );
  for (const name of ["time", "rcx", "rdi"]) routine.get(name);
  return routine.take();
}

/** Runs on while the operands are equal or while they are not; `pushA` gives the other operand than the one at rDI. */
function writeComparison(
  routine: RepeatWriter,
  registers: readonly ("rsi" | "rdi")[],
  translate: () => void,
  loadSlowly: () => void,
  loadA: () => void,
): void {
  const { code } = routine;
  routine.local(Type.I32, "end");
  routine.local(Type.I64, "b");
  /** Whether the last comparison ends it. */
  const isOver = (): void => {
    routine.get("a");
    routine.get("b");
    code.op(Op.I64Eq);
    routine.get("stopsOn");
    code.op(Op.I32Eq);
  };
  const hosts = registers.map((register) => (register === "rsi" ? "from" : "to"));
  const inPage = (): void => {
    translate();
    code.i32(0);
    routine.set("done");
    routine.block("found", () =>
      routine.loop("each", () => {
        routine.pushElement("to");
        routine.set("b");
        loadA();
        for (const host of hosts) routine.writeAdvance(host);
        routine.get("done");
        code.i32(1);
        code.op(Op.I32Add);
        routine.set("done");
        isOver();
        routine.branchIf("found");
        routine.get("done");
        routine.get("elements");
        code.op(Op.I32LtU);
        routine.branchIf("each");
      }),
    );
    routine.get("done");
    routine.set("elements");
  };
  const across = (): void => {
    loadSlowly();
    code.i32(1);
    routine.set("elements");
  };
  code.i32(RepeatEnd.NotBegun);
  routine.set("end");
  routine.writeStep();
  routine.block("end", () =>
    routine.loop("again", () => {
      routine.writeLimit();
      for (const register of registers) routine.writeRoom(register);
      routine.get("elements");
      routine.when(inPage, across);
      routine.writeProgress(...registers);
      isOver();
      routine.get("rcx");
      code.op(Op.I64Eqz);
      code.op(Op.I32Or);
      code.op(Op.I32Eqz);
      routine.tee("end");
      routine.branchIf("again");
    }),
  );
}

/** (core, time, rcx, rsi, rdi, size, stopsOn) -> (time, rcx, rsi, rdi, operand at rDI, operand at rSI, RepeatEnd) */
export function repeatCompare(iterationCycles: number): Uint8Array {
  const routine = new RepeatWriter(["core", "time", "rcx", "rsi", "rdi", "size", "stopsOn"], iterationCycles);
  routine.local(Type.I64, "a");
  writeComparison(
    routine,
    ["rdi", "rsi"],
    () => {
      routine.writeTranslation("rdi", TlbKind.Read, "to");
      routine.writeTranslation("rsi", TlbKind.Read, "from");
    },
    () => {
      // Not to be seen before both have been read: the second may fail.
      routine.writeLoadSlowly("rdi", "value");
      routine.writeLoadSlowly("rsi", "offset");
      routine.get("value");
      routine.set("b");
      routine.get("offset");
      routine.set("a");
    },
    () => {
      routine.pushElement("from");
      routine.set("a");
    },
  );
  for (const name of ["time", "rcx", "rsi", "rdi", "b", "a", "end"]) routine.get(name);
  return routine.take();
}

/** (core, time, rcx, rdi, operand in rAX, size, stopsOn) -> (time, rcx, rdi, operand at rDI, RepeatEnd) */
export function repeatScan(iterationCycles: number): Uint8Array {
  const routine = new RepeatWriter(["core", "time", "rcx", "rdi", "a", "size", "stopsOn"], iterationCycles);
  writeComparison(
    routine,
    ["rdi"],
    () => routine.writeTranslation("rdi", TlbKind.Read, "to"),
    () => {
      routine.writeLoadSlowly("rdi", "value");
      routine.get("value");
      routine.set("b");
    },
    () => {},
  );
  for (const name of ["time", "rcx", "rdi", "b", "end"]) routine.get(name);
  return routine.take();
}
