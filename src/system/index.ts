/**
 * System descriptions and images: text or bytes in, a SystemPlan out, or a ConfigError that says what would be right.
 *
 *   loadSystem       a description and its programs -> plan       planForProgram   one ELF file -> plan
 *   packImage        plan -> bytes                                unpackImage      bytes -> plan, verified
 *   printPlan        plan -> text for people                      findMissingInstructions   what of a program we lack
 *   createSession    plan -> a booted system
 *
 * Rooms: description/ (the text: shape, reading, places, names, units), plan/ (what is checked, laid out and verified),
 * image/ (the file format), profile/ (cycles by guest function).
 */
export * from "./running.js";
export {
  createHistory,
  DEFAULT_HISTORY_BYTES,
  type History,
  type HistoryOptions,
  type StepMark,
  type StepUnit,
} from "./history/index.js";
export type { Description } from "./description/description.js";
export { IMAGE_VERSION, isImage, packImage, unpackImage, type Image, type ImageDescription } from "./image/image.js";
export { loadSystem, type LoadOptions, type ReadFile } from "./load.js";
export { readProgramPaths } from "./description/program-paths.js";
export { suggestName } from "./description/names.js";
export { printPlan } from "./plan/print.js";
export { adviseImage, verifyPlan } from "./plan/verify.js";
export { profileSystem, type ProfiledSystem } from "./profile/profile.js";
export type { FunctionProfile, Profile, ProfileNode } from "./profile/profile-summary.js";
