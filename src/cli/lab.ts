/**
 * `hallows lab`: lists the labs, opens one, takes predictions, runs the learner's system, judges it, and reveals.
 *
 * The steps of a lab are verbs after its number: (none), predict, run, check, reveal, reset. In the place of a lab,
 * `grade` judges the folders of many learners.
 */
import { randomInt } from "node:crypto";
import { relative } from "node:path";
import { ConfigError } from "../errors.js";
import {
  createInstance,
  createWork,
  findLab,
  type LabPlace,
  type LabState,
  loadLab,
  readEdits,
  readState,
  resetFile,
  shippedLabs,
  workFolder,
  writeState,
} from "../host/lab-folder.js";
import {
  type Grade,
  gradeLab,
  isRight,
  type Lab,
  type LabInstance,
  type Prediction,
  problemOfAnswer,
  readLabText,
  styleLabText,
  filesOf,
} from "../lab/index.js";
import { parseDuration, isUnitProblem } from "../system/description/units.js";
import { boot } from "./boot.js";
import type { Environment } from "./environment.js";
import { DEFAULT_TRACE_LIMIT, parseTraceLimit } from "./options.js";

export interface LabOptions {
  readonly seed?: number;
  /** Where the learner's folders are. */
  readonly folder: string;
  readonly json?: boolean;
}

const MOST_SEED = 1_000_000;

/** A lab that was opened. */
interface Opened {
  readonly place: LabPlace;
  readonly lab: Lab;
  readonly instance: LabInstance;
  readonly text: { readonly task: string; readonly reveal: string };
  readonly folder: string;
  state: LabState;
}

type Step = (
  opened: Opened,
  words: readonly string[],
  options: LabOptions,
  environment: Environment,
) => Promise<number> | number;

const STEPS: Readonly<Record<string, Step>> = { open, predict, run, check, reveal, reset };

/** Returns the exit code. */
export async function lab(
  word: string | undefined,
  step: string | undefined,
  words: readonly string[],
  options: LabOptions,
  environment: Environment,
): Promise<number> {
  if (word === undefined) return list(options, environment);
  if (word === "grade") {
    const { gradeFolders } = await import("./lab-grade.js");
    return gradeFolders([step ?? ".", ...words], environment);
  }
  const perform = STEPS[step ?? "open"];
  if (perform === undefined)
    throw problem(`there is no step "${step}"`, `The steps are ${Object.keys(STEPS).slice(1).join(", ")}.`);
  const place = findLab(word);
  const { lab: found, text } = await loadLab(place);
  const folder = workFolder(options.folder, place);
  const kept = readState(folder);
  if (kept !== null && options.seed !== undefined && options.seed !== kept.seed)
    throw problem(
      `is open with seed ${kept.seed}, in ${folder}`,
      "Another seed is another lab: give another --folder, or remove that one.",
    );
  const state = kept ?? {
    lab: place.name,
    seed: options.seed ?? randomInt(1, MOST_SEED),
    predictions: {},
    isRevealed: false,
  };
  const instance = createInstance(found, place, state.seed);
  if (kept === null) {
    createWork(folder, instance.files);
    writeState(folder, state);
  }
  const opened: Opened = { place, lab: found, instance, folder, state, text: readLabText(text, instance.words) };
  return perform(opened, words, options, environment);
}

async function list(options: LabOptions, { output }: Environment): Promise<number> {
  const rows = [];
  for (const place of shippedLabs()) {
    const { lab: found } = await loadLab(place);
    const state = readState(workFolder(options.folder, place));
    const { title, minutes, teaches } = found;
    rows.push({ number: place.number, name: place.name, title, minutes, teaches, isOpen: state !== null });
  }
  if (options.json === true) {
    output.resultJson(rows);
    return 0;
  }
  const { style } = output;
  for (const { number, title, minutes, teaches, isOpen } of rows) {
    const mark = isOpen ? style.good(" (open)") : "";
    output.result(`${String(number).padStart(2)}  ${style.bold(title)}${mark}\n`);
    output.result(`    ${teaches} ${style.dim(`${minutes} minutes`)}\n`);
  }
  output.result(`\nOpen one with ${style.bold("hallows lab 1")}.\n`);
  return 0;
}

async function open(
  opened: Opened,
  words: readonly string[],
  options: LabOptions,
  environment: Environment,
): Promise<number> {
  const { place, lab: found, text, folder, state, instance } = opened;
  const { output } = environment;
  const { style } = output;
  output.result(`${style.bold(`Lab ${numberOf(place)}: ${found.title}`)}\n`);
  output.result(
    style.dim(`${found.minutes} minutes, seed ${state.seed}, your files are in ${relative(".", folder) || "."}`) +
      "\n\n",
  );
  output.result(`${styleLabText(text.task, style)}\n\n`);
  if (environment.isInteractive()) return predict(opened, words, options, environment);
  output.result(`${style.bold("Predict")}\n\n`);
  for (const { name, question, takes } of instance.predictions)
    output.result(
      `  ${style.bold(name)}  ${question}${takes === "number" ? "" : style.dim(` (${takes.join(", ")})`)}\n`,
    );
  sayNext(opened, environment);
  return 0;
}

/** Predictions as `name=answer`, or asked for on a terminal. */
async function predict(
  opened: Opened,
  words: readonly string[],
  _: LabOptions,
  environment: Environment,
): Promise<number> {
  const { instance } = opened;
  for (const word of words) {
    const [name, ...answer] = word.split("=");
    const prediction = instance.predictions.find((one) => one.name === name);
    if (prediction === undefined) {
      const names = instance.predictions.map((one) => one.name).join(", ");
      throw problem(
        `has no prediction "${name}"`,
        `They are ${names}, and written as in ${instance.predictions[0]?.name ?? "name"}=42.`,
      );
    }
    keepPrediction(opened, prediction, answer.join("="));
  }
  if (words.length === 0 && environment.isInteractive()) await ask(opened, environment);
  sayNext(opened, environment);
  return 0;
}

function keepPrediction(opened: Opened, prediction: Prediction, answer: string): void {
  const wrong = problemOfAnswer(prediction, answer);
  if (wrong !== null) throw problem(`"${answer}" is no answer to ${prediction.name}`, `It takes ${wrong}.`);
  const { state, folder } = opened;
  opened.state = { ...state, predictions: { ...state.predictions, [prediction.name]: answer.trim() } };
  writeState(folder, opened.state);
}

async function ask(opened: Opened, { output }: Environment): Promise<void> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    for (const prediction of missing(opened)) {
      const { question, takes } = prediction;
      output.result(`${output.style.bold("Predict:")} ${question}\n`);
      for (;;) {
        const answer = await lines.question(takes === "number" ? "a number> " : `${takes.join(" / ")}> `);
        if (answer.trim() === "") break;
        const wrong = problemOfAnswer(prediction, answer);
        if (wrong === null) {
          keepPrediction(opened, prediction, answer);
          break;
        }
        output.result(`It takes ${wrong}; an empty line puts it off.\n`);
      }
    }
  } finally {
    lines.close();
  }
}

function missing({ instance, state }: Opened): Prediction[] {
  return instance.predictions.filter(({ name }) => state.predictions[name] === undefined);
}

/** Boots the learner's system, and sets the predictions beside what is so. */
async function run(
  opened: Opened,
  _words: readonly string[],
  _options: LabOptions,
  environment: Environment,
): Promise<number> {
  const { instance, folder, state } = opened;
  const { output } = environment;
  const { style } = output;
  const open = missing(opened);
  if (open.length > 0 && !state.isRevealed)
    throw problem(
      `is run after you have predicted: ${open.map(({ name }) => name).join(", ")}`,
      `"hallows lab ${numberOf(opened.place)} predict ${open[0].name}=…" does that. A wrong prediction costs a point or two, none teaches nothing.`,
    );
  const time = parseDuration(instance.runs);
  if (isUnitProblem(time)) throw problem(time.problem, time.hint);
  const engine = "wasm";
  const options = {
    for: time,
    headless: true,
    skip: true,
    engine,
    speed: 1,
    traceLimit: parseTraceLimit(DEFAULT_TRACE_LIMIT),
  } as const;
  let code = 0;
  try {
    code = await boot(`${folder}/system.toml`, options, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    output.result(`${style.bad("refused")}: ${error.message}\n`);
  }
  output.result(`\n${style.bold("Your predictions")}, of the system as it was given to you:\n`);
  for (const prediction of instance.predictions) {
    const typed = state.predictions[prediction.name];
    const verdict =
      typed === undefined ? style.warn("none") : isRight(prediction, typed) ? style.good("right") : style.bad("wrong");
    output.result(`  ${prediction.name}: ${typed ?? "-"}  ${verdict}\n`);
  }
  sayNext(opened, environment);
  return code === 0 || code === 1 ? 0 : code;
}

/** Returns 0 when every point is earned, and 1 otherwise. */
function check(opened: Opened, _words: readonly string[], options: LabOptions, environment: Environment): number {
  const { output } = environment;
  const grade = gradeWork(opened);
  if (options.json === true) output.resultJson({ lab: opened.place.name, seed: opened.state.seed, ...grade });
  else printGrade(grade, opened, environment);
  return grade.earned === grade.points ? 0 : 1;
}

function gradeWork({ instance, state, folder }: Opened): Grade {
  return gradeLab(instance, state.predictions, readEdits(folder, instance.edits), state.isRevealed);
}

function printGrade({ items, earned, points }: Grade, { place, text }: Opened, { output }: Environment): void {
  const { style } = output;
  for (const item of items) {
    const mark = item.earned === item.points ? style.good("✓") : item.earned > 0 ? style.warn("~") : style.bad("✗");
    output.result(`${mark} ${item.earned}/${item.points}  ${item.what}\n        ${style.dim(item.says)}\n`);
  }
  output.result(`\n${style.bold(`${earned} of ${points} points`)}\n`);
  if (earned === points) output.result(`\n${styleLabText(text.reveal, style)}\n`);
  else output.result(`Change your files and check again; "hallows lab ${numberOf(place)} reveal" ends the guessing.\n`);
}

/** From now on predictions count no more. */
function reveal(opened: Opened, _words: readonly string[], _options: LabOptions, { output }: Environment): number {
  const { instance, text, folder, state } = opened;
  const { style } = output;
  writeState(folder, { ...state, isRevealed: true });
  for (const { question, answer, because } of instance.predictions)
    output.result(`${question}\n  ${style.bold(String(answer()))}  ${because}\n`);
  output.result(`\n${styleLabText(text.reveal, style)}\n`);
  return 0;
}

/** Puts the learner's files back to their beginning; predictions stay. */
function reset(
  { instance, folder }: Opened,
  _words: readonly string[],
  _options: LabOptions,
  { output }: Environment,
): number {
  const files = filesOf(instance, {});
  for (const name of Object.keys(files)) resetFile(folder, name, files[name]);
  output.result(`${Object.keys(files).join(", ")}: as at the beginning\n`);
  return 0;
}

function sayNext(opened: Opened, { output }: Environment): void {
  const { style } = output;
  const number = numberOf(opened.place);
  const [first] = missing(opened);
  const next =
    first === undefined
      ? `Next: hallows lab ${number} run, then change ${opened.instance.edits.join(", ")}, then hallows lab ${number} check`
      : `Next: hallows lab ${number} predict ${missing(opened)
          .map(({ name }) => `${name}=…`)
          .join(" ")}`;
  output.result(`\n${style.dim(next)}\n`);
}

function numberOf({ number, path }: LabPlace): string {
  return number === 0 ? relative(".", path) : String(number);
}

function problem(what: string, hint: string): ConfigError {
  return new ConfigError({ file: "lab", line: 0, column: 0 }, what, hint);
}
