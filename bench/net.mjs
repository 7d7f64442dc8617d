/**
 * `npm run bench:net`: partitions as servers (images/net), beside the same servers in plain Node and natively, in
 * turns.
 *
 *   --seconds N   of each sample (default 3)     --rounds N   samples of each (default 3)
 *   --json FILE   all numbers, too
 *
 * Each server is a process of its own, and so is its load (bench/net/load.mjs). Medians of the rounds; "CPU us" is the
 * server's own time by the processor for one trip, megabyte, request or client, which says more than the rate on a host
 * that is busy with other things. The aims of the device are 200 MB/s and 20,000 round trips a second on Node 24.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readOptions } from "../tools/options.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const options = readOptions(import.meta.url, {
  seconds: { type: "string", default: "3" },
  rounds: { type: "string", default: "3" },
  json: { type: "string" },
});
const [seconds, rounds] = [Number(options.seconds), Number(options.rounds)];
const folder = mkdtempSync(join(tmpdir(), "hallows-bench-net-"));

/** A description of images/net at a port of the host's choice. */
function description(name) {
  const path = join(folder, `${name}.toml`);
  const text = readFileSync(join(root, `images/net/${name}.toml`), "utf8");
  writeFileSync(
    path,
    text.replace(/listen = [0-9]+/, "listen = 0").replace(`${name}.elf`, join(root, `images/net/${name}.elf`)),
  );
  return path;
}

function buildNative() {
  try {
    execFileSync("gcc", ["-O2", "-o", join(folder, "echo"), join(root, "bench/net/echo.c")], { stdio: "pipe" });
    return [join(folder, "echo")];
  } catch {
    console.log("skipped: the native server (gcc is not here)");
    return null;
  }
}

const hallows = (name) => [
  process.execPath,
  join(root, "dist/bundle/hallows.js"),
  "boot",
  description(name),
  "--headless",
];
const plain = (name) => [process.execPath, join(root, "bench/net/plain.mjs"), name];
const native = buildNative();
const MEASURES = [
  { name: "trips", title: "round trips/s, 64 B, one connection", per: 1, unit: "trip", image: "echo" },
  { name: "bytes", title: "MB/s there and back, one connection", per: 1e6, unit: "MB", image: "echo" },
  { name: "clients", title: "connections/s, one message each", per: 1, unit: "client", image: "echo" },
  { name: "requests", title: "requests/s, 50 connections", per: 1, unit: "request", image: "responder" },
];

/** Processor time of a process, in microseconds, from /proc; NaN where there is none. */
function processorTime(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return NaN;
  }
}

async function startServer([command, ...words]) {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const port = await new Promise((resolve, reject) => {
    const hear = (text) => {
      said += text;
      const match = /(?:port |listening on 127\.0\.0\.1:)([0-9]+)\n/.exec(said);
      if (match !== null) resolve(Number(match[1]));
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", () => reject(new Error(`a server ended: ${said}`)));
  });
  return { child, port };
}

async function measure(command, { name, per }) {
  const { child, port } = await startServer(command);
  const load = spawn(process.execPath, [join(root, "bench/net/load.mjs"), name, port, seconds], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  load.stdout.on("data", (text) => (said += text));
  // The server's time over the part that is counted.
  await new Promise((resolve) => setTimeout(resolve, 300 * seconds + 100));
  const before = processorTime(child.pid);
  const beganAt = performance.now();
  await once(load, "close");
  const used = processorTime(child.pid) - before;
  const share = (performance.now() - beganAt) / 1000 / seconds;
  child.removeAllListeners("exit");
  child.kill("SIGINT");
  await once(child, "close");
  const { count, seconds: took } = JSON.parse(said);
  return { rate: count / took / per, microseconds: used / share / (count / per) };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const show = (value) => (value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1));

console.log(`${cpus().length} cores (${cpus()[0].model}), node ${process.version}, load ${loadavg()[0].toFixed(1)}\n`);
const results = [];
for (const row of MEASURES) {
  const servers = {
    hallows: hallows(row.image),
    node: plain(row.image === "echo" ? "echo" : "web"),
    ...(row.image === "echo" && native !== null ? { native } : {}),
  };
  const samples = Object.fromEntries(Object.keys(servers).map((server) => [server, []]));
  for (let round = 0; round < rounds; round++)
    for (const [server, command] of Object.entries(servers)) samples[server].push(await measure(command, row));
  console.log(row.title);
  for (const [server, list] of Object.entries(samples)) {
    const rate = median(list.map((sample) => sample.rate));
    const microseconds = median(list.map((sample) => sample.microseconds));
    results.push({ measure: row.name, server, rate, microseconds, samples: list });
    console.log(
      `  ${server.padEnd(8)} ${show(rate).padStart(9)}   CPU us a ${row.unit} ${show(microseconds).padStart(8)}`,
    );
  }
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
rmSync(folder, { recursive: true });
