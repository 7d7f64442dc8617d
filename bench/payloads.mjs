/**
 * Passing a payload from one partition to another by each way there is, for payloads of several sizes: cycles of the
 * machine, and the host's time. What docs/messages.md advises comes from here. Needs gcc.
 *
 *   node bench/payloads.mjs [--sizes 4,64,1024] [--markdown]
 *
 * A round is: write the payload, pass it, read it on another core, give it back. "private" is writing and reading
 * alone, in one partition: what a way takes beyond that is its own cost. For the host's time each payload is read many
 * times, so that it is that of reading what the way leads to.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createSession, loadSystem } from "../dist/system/index.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ROUNDS = 20;
/** Readings of a round, where the host's time for one is told. */
const READINGS = 40;
const WAYS = ["private", "bytes", "share", "copy", "move", "seal"];

const { values: options } = parseArgs({
  options: { sizes: { type: "string", default: "4,16,64,256" }, markdown: { type: "boolean", default: false } },
});
const sizes = options.sizes.split(",").map((kibibytes) => Number(kibibytes) * 1024);

const folder = mkdtempSync(join(tmpdir(), "hallows-payloads-"));
execFileSync(join(ROOT, "images/build.sh"), [folder, join(ROOT, "bench/payloads.c")], { stdio: "inherit" });

function describe(way, bytes, reads) {
  const producer = `producer-${bytes}-${reads}`;
  const consumer = `consumer-${bytes}-${reads}`;
  const partition = (name, core) =>
    `[partition.${name}]\nclass = "backend"\nprogram = "payloads.elf"\ncore = ${core}\nmemory = "8 MiB"\n`;
  const channel = (name, from, to, shape) =>
    `[[channel]]\nname = "${name}"\nfrom = "${from}"\nto = "${to}"\n${shape}\n`;
  const head = `[machine]\nmemory = "64 MiB"\n${partition(producer, 0)}`;
  if (way === "private") return head;
  const references = 'slots = 4\nslot_size = "16 B"';
  const common = `${head}${partition(consumer, 1)}${channel("back", consumer, producer, references)}`;
  if (way === "bytes")
    return `${common}${channel("stream", producer, consumer, `kind = "bytes"\nsize = "${Math.min(8192, (bytes / 1024) * 4)} KiB"`)}`;
  return (
    `${common}${channel("refs", producer, consumer, references)}` +
    `[pool.frames]\nowner = "${producer}"\nmembers = ["${consumer}"]\nmode = "${way}"\nsize = "${bytes} B"\nblock = "${bytes} B"\n`
  );
}

/** Cycles and host microseconds of a round. */
function measure(way, bytes, reads) {
  const plan = loadSystem(describe(way, bytes, reads), `${way}.toml`, {
    readFile: (path) => readFileSync(join(folder, path)),
  });
  let said = "";
  const session = createSession(plan, {
    onConsole: (_, text) => {
      said += new TextDecoder().decode(text);
    },
  });
  const until = (lines) => {
    while (said.split("\n").length <= lines) session.run({ until: session.now() + 2000 + bytes });
  };
  until(1);
  const before = process.cpuUsage();
  until(2);
  const { user } = process.cpuUsage(before);
  return { cycles: Number(said.split("\n")[1]), microseconds: user / ROUNDS };
}

const number = (value) => Math.round(value).toLocaleString("en").replaceAll(",", " ");
const head = ["payload", ...WAYS];
const rows = { cycles: [], host: [] };
for (const bytes of sizes) {
  const once = WAYS.map((way) => measure(way, bytes, 1));
  const often = WAYS.map((way) => measure(way, bytes, READINGS));
  const label = `${bytes / 1024} KiB`;
  rows.cycles.push([label, ...once.map(({ cycles }) => number(cycles))]);
  rows.host.push([label, ...often.map(({ microseconds }) => number(microseconds / READINGS))]);
}
rmSync(folder, { recursive: true });

function print(title, table) {
  console.log(`${title}\n`);
  const all = [head, ...table];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length), 3));
  const line = (row) => `| ${row.map((cell, column) => cell.padStart(widths[column])).join(" | ")} |`;
  const plain = (row) => row.map((cell, column) => cell.padStart(widths[column])).join("  ");
  if (!options.markdown) return console.log(`${all.map(plain).join("\n")}\n`);
  console.log(
    [line(head), `| ${widths.map((width) => `${"-".repeat(width - 1)}:`).join(" | ")} |`, ...table.map(line), ""].join(
      "\n",
    ),
  );
}
print("Cycles of a round (flat):", rows.cycles);
print(`User microseconds of this host for a reading, of ${READINGS} in a round, ${process.version}:`, rows.host);
