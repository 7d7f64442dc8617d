/**
 * What the accesses of the running instruction cost, by the profile's memory model. They are only noted until the
 * instruction retires: one that faults or is put off has cost nothing, and has left the model as it was.
 */
import type { CoreId, Cycles, PhysicalAddress } from "../../../units.js";
import { MEMORY_MODEL_BASE, MEMORY_MODEL_STRIDE, type MachineState } from "../../state.js";
import type { MemoryAccessKind, MemoryModel } from "../../timing/memory-model.js";

interface NotedAccess {
  readonly kind: MemoryAccessKind;
  readonly physical: PhysicalAddress;
  readonly sizeBytes: number;
}

export class AccessCosts {
  private readonly words: Uint32Array;
  private noted: NotedAccess[] = [];

  constructor(
    private readonly model: MemoryModel,
    state: MachineState,
    core: CoreId,
  ) {
    const at = MEMORY_MODEL_BASE + core * MEMORY_MODEL_STRIDE;
    this.words = new Uint32Array(state.memory.buffer, at, model.stateBytes / 4);
  }

  begin(): void {
    this.noted = [];
  }

  note(kind: MemoryAccessKind, physical: PhysicalAddress, sizeBytes: number): void {
    this.noted.push({ kind, physical, sizeBytes });
  }

  /** Cycles of what was noted, now that it has happened. */
  charge(): Cycles {
    let cycles = 0;
    for (const { kind, physical, sizeBytes } of this.noted)
      cycles += this.model.access(this.words, kind, physical, sizeBytes);
    this.begin();
    return cycles;
  }
}
