/**
 * What the SDK's inline functions compile to: writes the listing and the counts into docs/messages.md, between two
 * comments that name this file. Needs gcc and objdump, and is not part of `npm run gen`, because compilers differ.
 *
 *   node tools/fast-paths.mjs          prints
 *   node tools/fast-paths.mjs --write  writes
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DOCUMENT = join(ROOT, "docs/messages.md");
const FLAGS = "-std=gnu11 -O2 -mgeneral-regs-only -ffreestanding -fno-stack-protector -fcf-protection=none".split(" ");
const SHOWN = "queue_receive";

const folder = mkdtempSync(join(tmpdir(), "hallows-fast-paths-"));
const object = join(folder, "fast-paths.o");
const include = ["-isystem", join(ROOT, "images/sdk/include"), "-I", join(ROOT, "images/sdk")];
execFileSync("gcc", [...FLAGS, ...include, "-c", join(ROOT, "tools/fast-paths.c"), "-o", object]);
const listing = execFileSync("objdump", ["-d", "-M", "intel", "--no-show-raw-insn", object], { encoding: "utf8" });
rmSync(folder, { recursive: true });

/** The lines of each function up to its first return. Look whether that is the way that is gone when all is well. */
const functions = new Map();
let lines = null;
for (const line of listing.split("\n")) {
  const start = /^[0-9a-f]+ <(\w+)>:$/.exec(line);
  if (start !== null) functions.set(start[1], (lines = []));
  const code = /^\s*[0-9a-f]+:\s+(.*)$/.exec(line);
  if (code === null || lines === null) continue;
  lines.push(
    code[1]
      .replace(/\s+/g, " ")
      .replace(/ *#.*$/, "")
      .replace(/<(\w+)[^>]*>/, "$1"),
  );
  if (code[1].startsWith("ret")) lines = null;
}
const countOf = (code, pattern) => code.filter((text) => pattern.test(text)).length;
const rows = [...functions].map(([name, code]) => {
  const memory = countOf(code, /\[/);
  const branches = countOf(code, /^j(?!mp)/);
  return `| \`${name}\` | ${code.length} | ${branches} | ${memory} |`;
});
const compiler = execFileSync("gcc", ["--version"], { encoding: "utf8" })
  .split("\n")[0]
  .replace(/\(.*?\)\s*/, "");
const text = [
  `By ${compiler}, \`-O2\`, each to its first return, which is the way when there is room, or a message:`,
  "",
  "| function | instructions | branches | operands in memory |",
  "| --- | ---: | ---: | ---: |",
  ...rows,
  "",
  `\`${SHOWN}\` in full: the counter's copy is compared, the descriptor fetched once and its copy checked, the slot read.`,
  "",
  "```",
  ...functions.get(SHOWN),
  "```",
].join("\n");
if (!process.argv.includes("--write")) console.log(text);
else {
  const [begin, end] = ["<!-- tools/fast-paths.mjs -->", "<!-- end -->"];
  const document = readFileSync(DOCUMENT, "utf8");
  const from = document.indexOf(begin) + begin.length;
  writeFileSync(DOCUMENT, `${document.slice(0, from)}\n\n${text}\n\n${document.slice(document.indexOf(end, from))}`);
}
