/**
 * System descriptions and images: text or bytes in, a SystemPlan out, or a ConfigError that says what would be right.
 *
 *   loadSystem       a description and its programs -> plan       planForProgram   one ELF file -> plan
 *   packImage        plan -> bytes                                unpackImage      bytes -> plan, verified
 *   printPlan        plan -> text for people                      findMissingInstructions   what a program uses that we lack
 */
export type { Description } from "./description.js";
export { findMissingInstructions, wayOut, type MissingInstruction } from "./instructions.js";
export { IMAGE_VERSION, isImage, packImage, unpackImage, type Image, type ImageDescription } from "./image.js";
export {
  loadSystem,
  planForProgram,
  systemName,
  type FindMissingInstructions,
  type LoadOptions,
  type ProgramOptions,
  type ReadFile,
} from "./load.js";
export { suggestName } from "./names.js";
export { printPlan } from "./print.js";
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
} from "./units.js";
export { verifyPlan } from "./verify.js";
export {
  createSession,
  type Session,
  type SessionOptions,
  type SessionSnapshot,
  type SystemHashes,
} from "./session.js";
export { profileSystem, type ProfiledSystem } from "./profile.js";
export type { FunctionProfile, Profile, ProfileNode } from "./profile-summary.js";
