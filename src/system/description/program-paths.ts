/** Which programs a description names, also where it is not admitted. */
import { ConfigError } from "../../errors.js";
import { readDocument } from "./read-document.js";

/** Paths as they are written; none of a text that is no TOML, or another shape. */
export function readProgramPaths(text: string): string[] {
  try {
    const { partition } = fieldsOf(readDocument(text, ""));
    return Object.values(fieldsOf(partition)).flatMap((one) => {
      const { program } = fieldsOf(one);
      return typeof program === "string" ? [program] : [];
    });
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
