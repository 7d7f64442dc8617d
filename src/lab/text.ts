/** The text of a lab, `lab.md`, for a terminal. */
import { Bug } from "../errors.js";

/** Which part of the text: what comes before and what comes after the line `<!-- reveal -->`. */
export interface LabText {
  readonly task: string;
  readonly reveal: string;
}

const REVEAL = /^<!-- reveal -->$/m;

/** Puts words for `{{names}}`. Throws where the text names one that the instance has not. */
export function readLabText(markdown: string, words: Readonly<Record<string, string | number>>): LabText {
  const text = markdown.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    if (words[name] === undefined) throw new Bug(`lab.md names {{${name}}}, which the instance has no word for`);
    return String(words[name]);
  });
  const [task, reveal = ""] = text.split(REVEAL);
  return { task: task.trim(), reveal: reveal.trim() };
}

export interface TextStyle {
  bold(text: string): string;
  dim(text: string): string;
}

/** Headings bold, code dim, no other marks. */
export function styleLabText(text: string, { bold, dim }: TextStyle): string {
  let inCode = false;
  return text
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith("```")) {
        inCode = !inCode;
        return [];
      }
      if (inCode) return [`    ${dim(line)}`];
      const heading = /^#+ (.*)$/.exec(line);
      if (heading !== null) return [bold(heading[1])];
      return [
        line
          .replace(/`([^`]*)`/g, (_, code: string) => bold(code))
          .replace(/\*\*([^*]*)\*\*/g, (_, strong: string) => bold(strong)),
      ];
    })
    .join("\n");
}
