/**
 * The two errors that are JavaScript exceptions. (The other two kinds are data: a guest's trap, a call's status.)
 */

/** A place in a file that a person wrote. Lines and columns count from 1; 0 where there is none. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong in what a person wrote. */
export interface ConfigProblem {
  readonly place: SourcePlace;
  readonly problem: string;
  /** What would be right; a full sentence, or "". */
  readonly hint: string;
}

/** Problems that a message tells; of further ones it tells the number. */
export const MAX_TOLD_PROBLEMS = 20;

/**
 * A wrong description, image, program or command line: says where, what, and what would be right.
 * The first problem is the error's own; `others` are the independent ones behind it, in the order of the file.
 */
export class ConfigError extends Error implements ConfigProblem {
  override readonly name = "ConfigError";
  constructor(
    readonly place: SourcePlace,
    readonly problem: string,
    readonly hint = "",
    readonly others: readonly ConfigProblem[] = [],
  ) {
    super(tellProblems([{ place, problem, hint }, ...others]));
  }
}

/** `file:line:column: problem`, and the hint below it. */
export function tellProblem({ place, problem, hint }: ConfigProblem): string {
  const where = place.line > 0 ? `${place.file}:${place.line}:${place.column}` : place.file;
  return `${where === "" ? "" : `${where}: `}${problem}${hint === "" ? "" : `\n  ${hint}`}`;
}

function tellProblems(problems: readonly ConfigProblem[]): string {
  const told = problems.slice(0, MAX_TOLD_PROBLEMS).map(tellProblem);
  const more = problems.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

/** A fault of ours, not of the user or guest. */
export class Bug extends Error {
  override readonly name = "Bug";
}

/** Text of a file that is to be shown: control characters would reach the terminal. At most 60 characters. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, "?");
  return clean.length <= 60 ? clean : `${clean.slice(0, 57)}...`;
}
