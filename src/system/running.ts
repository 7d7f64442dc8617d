/**
 * The part of index.ts that runs a program: no reader of descriptions or images, and none of their packages, which take
 * longer to load than `hallows run` takes. What lies on its way imports this file in place of index.ts
 * (tests/cli/cold-start.test.ts).
 */
export {
  checkInstructions,
  findMissingInstructions,
  groupMissingInstructions,
  MAX_FINDINGS,
  sweptProgramOf,
  wayOut,
  type FindMissingInstructions,
  type InstructionOptions,
  type MissingFeature,
  type MissingInstruction,
} from "./instructions.js";
export { planForProgram, systemName, type ProgramOptions } from "./program.js";
export {
  createSession,
  type Session,
  type SessionEnd,
  type SessionMoment,
  type SessionOptions,
  type SessionSnapshot,
  type SystemHashes,
} from "./session.js";
export {
  formatCycles,
  formatFrequency,
  formatSize,
  isUnitProblem,
  parseDuration,
  parseFrequency,
  parseSize,
  toCycles,
  type Duration,
  type UnitProblem,
} from "./description/units.js";
