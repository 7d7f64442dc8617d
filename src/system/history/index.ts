/** The past of a session: createHistory. */
export { DEFAULT_HISTORY_BYTES, createHistory, type History, type HistoryOptions } from "./history.js";
export type { StepMark, StepUnit } from "./counts.js";
