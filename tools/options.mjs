/**
 * Options of the project's own commands. `--help` prints the comment at the top of the command's file, so that each
 * option is described in one place; what cannot be understood is told in one line, with exit code 2.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/** The text of the comment that a file begins with. */
function headerOf(url) {
  const [, comment] = /^\/\*\*\n(.*?)\n \*\//s.exec(readFileSync(new URL(url), "utf8"));
  return comment.replace(/^ \* ?/gm, "");
}

/**
 * The values of the options on the command line. Ends the process for `--help` and for what is wrong.
 * @template {NonNullable<import("node:util").ParseArgsConfig["options"]>} Options
 * @param {string} url of the command's file
 * @param {Options} options as `parseArgs` takes them
 */
export function readOptions(url, options) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: "boolean", short: "h", default: false } } });
    if (!values.help) return values;
  } catch (error) {
    // The first sentence says what; the rest is about positional arguments, which no command here takes.
    console.error(`${error.message.split(". ")[0]}; --help lists the options`);
    process.exit(2);
  }
  console.log(headerOf(url));
  process.exit(0);
}
