/** The machine's front door. */
export { createMachine, type EngineName, type Machine, type MachineOptions, type MachineSnapshot } from "./machine.js";
export {
  createTables,
  mapPages,
  PageBit,
  probeRead,
  protectPages,
  reserveTables,
  tableOf,
  unmapPages,
  type MapRights,
  type TableArena,
} from "./memory/paging.js";
export { ownBytes, type MachineMoment } from "./moments.js";
export * from "./state.js";
export * from "./trap.js";
export type { MachineRunEnd, MachineSupervisor } from "./order.js";
export { createSlice, type Slice } from "./turn.js";
export type { BeginObserver, RetireObserver } from "./engine/engine.js";
export { DEFAULT_TIMING, TIMING_PROFILES, type TimingWord } from "./timing/profiles.js";
export { flatProfile } from "./timing/flat.js";
export type { MemoryAccessKind, MemoryModel } from "./timing/memory-model.js";
export type { TimingProfile } from "./timing/profile.js";
export { Register, Segment, type Instruction } from "./isa/instruction.js";
export { Vector } from "./isa/operations.js";
