/**
 * System descriptions and images: text or bytes in, a SystemPlan out, or a ConfigError that says what would be right.
 *
 *   loadSystem       a description and its programs -> plan       planForProgram   one ELF file -> plan
 *   packImage        plan -> bytes                                unpackImage      bytes -> plan, verified
 *   printPlan        plan -> text for people                      findMissingInstructions   what a program uses that we lack
 *   createSession    plan -> a booted system
 */
export * from "./running.js";
export type { Description } from "./description.js";
export { IMAGE_VERSION, isImage, packImage, unpackImage, type Image, type ImageDescription } from "./image.js";
export { loadSystem, type LoadOptions, type ReadFile } from "./load.js";
export { suggestName } from "./names.js";
export { printPlan } from "./print.js";
export { verifyPlan } from "./verify.js";
export { profileSystem, type ProfiledSystem } from "./profile.js";
export type { FunctionProfile, Profile, ProfileNode } from "./profile-summary.js";
