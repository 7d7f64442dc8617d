/**
 * Ports of ARINC 653 over channels: return codes, time-outs, validity, overflow, and the order in which waiting threads
 * are served. Skipped, and counted, without gcc.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import * as library from "../../dist/system/index.js";
import { createMutant } from "../mutant.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;

const folder = mkdtempSync(join(tmpdir(), "hallows-apex-"));
afterAll(() => rmSync(folder, { recursive: true }));
if (hasGcc)
  execFileSync(join(ROOT, "images/build.sh"), [folder, join(ROOT, "tests/images/apex/ports.c")], { stdio: "pipe" });
else console.log("skipped: ports of ARINC 653 (gcc is not here)");

function run(text: string, engine: "wasm" | "reference" = "wasm", system: typeof library = library): string[] {
  const said: string[] = [];
  const plan = system.loadSystem(`[machine]\nfrequency = "1 MHz"\n${text}`, "ports.toml", {
    readFile: (path) => readFileSync(join(folder, path)),
  });
  const session = system.createSession(plan, {
    engine,
    onConsole: (partition, bytes) => {
      said[partition] = (said[partition] ?? "") + new TextDecoder().decode(bytes);
    },
  });
  session.run({ until: 1_000_000 });
  return said;
}

const partition = (name: string, core: number): string =>
  `[partition.${name}]\nclass = "realtime"\nprogram = "ports.elf"\ncore = ${core}\n`;
const channel = (name: string, from: string, to: string, rest: string): string =>
  `[[channel]]\nname = "${name}"\nfrom = "${from}"\nto = "${to}"\n${rest}\n`;
const queue = (name: string, from: string, to: string, full = "block"): string =>
  channel(name, from, to, `slots = 4\nslot_size = "8 B"\nfull = "${full}"`);

/** A sink with three threads, which come in this order. */
function line(sink: string): string {
  const threads = [
    ["low", 1],
    ["high", 9],
    ["middle", 5],
  ].map(([name, priority]) => `[partition.${sink}.thread.${name}]\nentry = "${name}"\npriority = ${priority}\n`);
  return partition(sink, 0) + threads.join("") + partition("source", 1) + queue("orders", "source", sink);
}

const FIRST_COME = ["low", "high", "middle", "low", "high", "middle"];
const MOST_URGENT = ["high", "middle", "low", "high", "middle", "low"];

/** Who got which message, in the order of the messages. */
function served(sink: string, ...rest: [engine?: "wasm" | "reference", system?: typeof library]): string[] {
  const lines = run(line(sink), ...rest)[0]
    .trim()
    .split("\n");
  return lines.toSorted((a, b) => Number(a.split(" ")[1]) - Number(b.split(" ")[1])).map((text) => text.split(" ")[0]);
}

describe.skipIf(!hasGcc)("a queuing port", { timeout: 30_000 }, () => {
  it("serves the threads that wait in the order in which they came", () => {
    expect(served("sink")).toEqual(FIRST_COME);
  });

  it("serves the most urgent first, where it was created so", () => {
    expect(served("sink-priority")).toEqual(MOST_URGENT);
    expect(served("sink-priority", "reference")).toEqual(MOST_URGENT);
  });

  it("would serve them as they came with the mistake doorbells-know-no-priority", async () => {
    const mutant = createMutant("doorbells-know-no-priority");
    try {
      const broken = await mutant.load<typeof library>("system/index.js");
      expect(served("sink-priority", "wasm", broken)).toEqual(FIRST_COME);
    } finally {
      mutant.remove();
    }
  });
});

describe.skipIf(!hasGcc)("ports", () => {
  it("have the return codes, time-outs and validity of ARINC 653", () => {
    const text =
      partition("codes", 0) +
      partition("flood", 1) +
      queue("orders", "flood", "codes", "drop-oldest") +
      queue("back", "codes", "flood") +
      channel("level", "flood", "codes", `kind = "sampling"\nslot_size = "16 B"\nrefresh = "5 ms"`);
    const [said] = run(text);
    expect(said.split("\n")).toEqual([
      // created already; no such port; depth, size and direction of another; right; refresh of another; right; its id
      "1 4 4 4 4 0 4 0 0",
      // no such port, no such time, a source; empty, too late; too long, empty, a destination; full, too late; status
      "3 3 5 2 6 4 3 5 2 6 0",
      // nothing written, a destination; valid; no longer valid; status
      "1 5 0 8:1 0 8:0 0",
      // eight were lost before the first; then none; empty; cleared
      "4 0 0 0 2 0",
      "",
    ]);
  });
});
