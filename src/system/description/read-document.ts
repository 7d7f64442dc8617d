/** TOML text to plain values, or a ConfigError that says where the text is none. */
import { parse, TomlError } from "smol-toml";
import { ConfigError } from "../../errors.js";
import { findLineStarts, placeOf } from "./locator.js";
import { findUnclosed } from "./unclosed.js";

/** Bounds of what is read at all. */
const MAX_TEXT_CHARACTERS = 256 * 1024;
const MAX_NESTING = 16;

export function readDocument(text: string, file: string): unknown {
  if (text.length > MAX_TEXT_CHARACTERS) {
    throw new ConfigError(
      { file, line: 0, column: 0 },
      `the description has ${text.length} characters`,
      `At most ${MAX_TEXT_CHARACTERS} are read. Is this a system description?`,
    );
  }
  try {
    return parse(text, { maxDepth: MAX_NESTING, integersAsBigInt: "asNeeded", unsafeKeyBehaviour: "throw" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw syntaxError(error, text, file);
  }
}

function syntaxError(error: TomlError, text: string, file: string): ConfigError {
  const problem = error.message.split("\n")[0].replace(/^Invalid TOML document: /, "");
  const lineStarts = findLineStarts(text);
  const unclosed = findUnclosed(text);
  const errorOffset = (lineStarts[error.line - 1] ?? text.length) + error.column - 1;
  if (unclosed !== null && unclosed.offset <= errorOffset) {
    const place = placeOf(lineStarts, file, unclosed.offset);
    const { what, closing } = unclosed;
    return new ConfigError(place, `the ${what} that begins here is never closed`, `Close it with ${closing}.`);
  }
  const place = { file, line: error.line, column: error.column };
  if (problem.includes("redefine")) {
    const hint = "Names are unique: give one of the two another name.";
    return new ConfigError(place, "this table or key is there already", hint);
  }
  const quotes = problem.startsWith("invalid value") ? "Words, sizes and times stand in quotes. " : "";
  const hint = `${quotes}Descriptions are TOML 1.0: see https://toml.io/en/v1.0.0.`;
  return new ConfigError(place, `not valid TOML: ${problem}`, hint);
}
