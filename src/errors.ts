/**
 * The two errors that are JavaScript exceptions. (The other two kinds are data: a guest's trap, a call's status.)
 */

/** A place in a file that a person wrote. Lines and columns count from 1; 0 where there is none. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A wrong description, image, program or command line: says where, what, and what would be right. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(
    readonly place: SourcePlace,
    readonly problem: string,
    /** What would be right; a full sentence, or "". */
    readonly hint = "",
  ) {
    const where = place.line > 0 ? `${place.file}:${place.line}:${place.column}` : place.file;
    super(`${where === "" ? "" : `${where}: `}${problem}${hint === "" ? "" : `\n  ${hint}`}`);
  }
}

/** A fault of ours, not of the user or guest. */
export class Bug extends Error {
  override readonly name = "Bug";
}
