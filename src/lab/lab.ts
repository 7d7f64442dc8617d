/**
 * What a lab is: a folder with a text (`lab.md`) and a module (`lab.js`) whose default export makes a `Lab` of a kit.
 *
 * A learner gets an *instance*, made by a seed: other numbers, other files, other answers. Before the system may run
 * there are predictions to be typed in; then something is to be changed in the files, which the tasks judge. Answers
 * are found by running the instance, never written down, so that a lab can't disagree with the system it is about.
 */
import type { LabFiles } from "./files.js";
import type { LabKit } from "./kit.js";
import type { LabRandom } from "./random.js";

/** `lab.js` of a lab. */
export interface LabModule {
  readonly default: (kit: LabKit) => Lab;
}

export interface Lab {
  readonly title: string;
  /** What its learner can do afterwards, in a line. */
  readonly teaches: string;
  /** How long it takes, reading included. */
  readonly minutes: number;
  /** Pure: equal generators make equal instances. */
  create(random: LabRandom): LabInstance;
}

export interface LabInstance {
  /** What `{{name}}` stands for in the text. */
  readonly words: Readonly<Record<string, string | number>>;
  /** The learner's folder at the beginning: `system.toml`, and the programs that it names. */
  readonly files: LabFiles;
  /** Files that the learner changes. All others are taken from the instance whenever something runs or is judged. */
  readonly edits: readonly string[];
  /** Virtual time that `hallows lab N run` runs the system for, such as "1 s". */
  readonly runs: string;
  readonly predictions: readonly Prediction[];
  readonly tasks: readonly Task[];
}

export interface Prediction {
  /** A word, for the command line. */
  readonly name: string;
  readonly question: string;
  readonly points: number;
  /** What is typed: a whole number (decimal, or hexadecimal after 0x), or one of some words. */
  readonly takes: "number" | readonly string[];
  /** Runs what it takes to know. */
  answer(): number | string;
  /** Why that is the answer, for who has run the system. */
  readonly because: string;
}

export interface Task {
  readonly what: string;
  readonly points: number;
  /** `files` are the learner's. May throw ConfigError: then the system that they describe is refused. */
  judge(files: LabFiles): Verdict;
}

export interface Verdict {
  /** From 0 to the task's points. */
  readonly earned: number;
  /** What was seen and what is missing: a full sentence. */
  readonly says: string;
}
