/**
 * `npm run campaign:net`: a hundred thousand clients of an echo server in a partition (tools/net/campaign.mjs).
 *
 *   --clients N   (default 100000)     --seed N   (default 1)
 *
 * Prints progress with memory and a forecast. Exit code 1 when something came back wrong, anything is left of a client,
 * another partition noticed, or memory has grown by more than 24 MiB after the first tenth.
 */
import { fileURLToPath } from "node:url";
import { breathe } from "../dist/host/clock.js";
import { createLive } from "../dist/host/live.js";
import { createNetAdapter } from "../dist/host/devices/net.js";
import { createSession, loadSystem } from "../dist/system/index.js";
import { flood } from "./net/campaign.mjs";
import { readOptions } from "./options.mjs";

const options = readOptions(import.meta.url, {
  clients: { type: "string", default: "100000" },
  seed: { type: "string", default: "1" },
});
const clients = Number(options.clients);
const MOST_GROWTH_BYTES = 24 * 1024 * 1024;
const TOLD = 20;

const started = performance.now();
/** Bytes of the JavaScript heap and of buffers outside of it, at each twentieth. */
const memory = [];
function onProgress(done) {
  if (done % Math.ceil(clients / TOLD) !== 0) return;
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  memory.push(heapUsed + arrayBuffers);
  const seconds = (performance.now() - started) / 1000;
  const left = (seconds / done) * (clients - done);
  const mebibytes = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  console.log(
    `${done} of ${clients} clients, ${Math.round(done / seconds)} a second, ${mebibytes(memory.at(-1))} in use, ` +
      `${mebibytes(rss)} resident, ${Math.round(left)} s left`,
  );
}

const dist = { breathe, createLive, createNetAdapter, createSession, loadSystem };
const images = fileURLToPath(new URL("../images/", import.meta.url));
const { failure, done, accepted, virtualCycles } = await flood({
  dist,
  images,
  seed: Number(options.seed),
  clients,
  onProgress,
});
const growth = Math.max(0, ...memory.slice(2).map((bytes) => bytes - memory[1]));
const wrong = failure ?? (growth > MOST_GROWTH_BYTES ? `memory has grown by ${growth} bytes` : null);
console.log(
  `${done} clients in ${Math.round((performance.now() - started) / 1000)} s, ${accepted} accepted, ` +
    `${virtualCycles} cycles, memory grew by at most ${(growth / 1024 / 1024).toFixed(1)} MiB: ${wrong ?? "all is well"}`,
);
process.exit(wrong === null ? 0 : 1);
