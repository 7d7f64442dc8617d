/**
 * Labs: learning by doing, with a checker. Reads nothing by itself: texts, programs and the learner's files come from
 * the caller.
 */
export type { LabFiles } from "./files.js";
export type { Lab, LabInstance, LabModule, Prediction, Task, Verdict } from "./lab.js";
export { createLabKit, type LabKit, type LabRun, type LabRunOptions } from "./kit.js";
export { createLabRandom, type LabRandom } from "./random.js";
export { filesOf, gradeLab, isRight, problemOfAnswer, type Grade, type GradeItem, type Predictions } from "./grade.js";
export { readLabText, styleLabText, type LabText } from "./text.js";
