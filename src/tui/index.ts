/**
 * The terminal UI. A session runs, a model gathers what happens (activity.ts, logs.ts, model.ts), views paint it on a
 * canvas (picture.ts, views/), and screen.ts carries the canvas to the terminal.
 */
export { openTerminal, type TerminalOptions } from "./terminal.js";
export type { TerminalStreams } from "./screen.js";
