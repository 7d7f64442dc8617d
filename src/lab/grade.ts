/** Judges a learner's work: predictions against what the instance really does, and the changed files by the tasks. */
import { ConfigError } from "../errors.js";
import type { LabFiles } from "./files.js";
import type { LabInstance, Prediction, Task } from "./lab.js";

/** What a learner typed, by the name of the prediction. */
export type Predictions = Readonly<Record<string, string>>;

export interface GradeItem {
  readonly what: string;
  readonly points: number;
  readonly earned: number;
  readonly says: string;
}

export interface Grade {
  readonly items: readonly GradeItem[];
  readonly earned: number;
  readonly points: number;
}

/** Why a text is no answer to a prediction, with what would be one; null where it is one. */
export function problemOfAnswer({ takes }: Prediction, text: string): string | null {
  if (takes === "number")
    return /^(?:0x[0-9a-f]{1,13}|[0-9]{1,15})$/i.test(text.trim()) ? null : "a whole number, such as 42 or 0x2a";
  return takes.includes(text.trim()) ? null : `one of: ${takes.join(", ")}`;
}

/** The learner's files: those that are theirs to change from `files`, the others from the instance. */
export function filesOf(instance: LabInstance, files: LabFiles): LabFiles {
  const edited = instance.edits.flatMap((name) => (files[name] === undefined ? [] : [[name, files[name]] as const]));
  return { ...instance.files, ...Object.fromEntries(edited) };
}

/** `isRevealed`: the learner has looked at the answers, and predictions count no more. */
export function gradeLab(instance: LabInstance, predictions: Predictions, files: LabFiles, isRevealed: boolean): Grade {
  const work = filesOf(instance, files);
  const items = [
    ...instance.predictions.map((prediction) => gradePrediction(prediction, predictions[prediction.name], isRevealed)),
    ...instance.tasks.map((task) => gradeTask(task, work)),
  ];
  const sum = (key: "points" | "earned"): number => items.reduce((total, item) => total + item[key], 0);
  return { items, earned: sum("earned"), points: sum("points") };
}

function gradePrediction(prediction: Prediction, typed: string | undefined, isRevealed: boolean): GradeItem {
  const { question, points } = prediction;
  const item = (earned: number, says: string): GradeItem => ({ what: question, points, earned, says });
  if (isRevealed) return item(0, "The answers were revealed.");
  if (typed === undefined) return item(0, "Nothing was predicted.");
  if (problemOfAnswer(prediction, typed) !== null) return item(0, `"${typed}" is no answer.`);
  return isRight(prediction, typed) ? item(points, `${typed} is right.`) : item(0, `It is not ${typed}.`);
}

export function isRight(prediction: Prediction, typed: string): boolean {
  const answer = prediction.answer();
  return typeof answer === "number" ? Number(typed) === answer : typed.trim() === answer;
}

function gradeTask({ what, points, judge }: Task, files: LabFiles): GradeItem {
  try {
    const { earned, says } = judge(files);
    return { what, points, earned: Math.min(Math.max(0, Math.floor(earned)), points), says };
  } catch (error) {
    // What the learner wrote is refused: that is a finding, and the others are judged all the same.
    if (!(error instanceof ConfigError)) throw error;
    return { what, points, earned: 0, says: `The system is refused. ${error.message}` };
  }
}
