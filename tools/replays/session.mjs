/**
 * A session that somebody has, made up by a seed: three shells, two in windows of a core and one that
 * shares its core with nobody, lines that are typed at random moments, dates, and a host whose clock moves by fits and
 * starts. It is recorded, and replayed in other ways.
 */
import { readFileSync } from "node:fs";
import { clockValue } from "../../dist/host/devices/clock-adapter.js";
import { createLive } from "../../dist/host/live.js";
import { readRecord } from "../../dist/host/record/record.js";
import { createRecorder } from "../../dist/host/record/recorder.js";
import { createReplay } from "../../dist/host/record/replay.js";
import { settle } from "../../dist/host/slices.js";
import { outsideChannels } from "../../dist/kernel/index.js";
import { createSession, loadSystem, packImage } from "../../dist/system/index.js";

const images = new URL("../../images/", import.meta.url);
const LINES = [
  "help\n",
  "echo a b\n",
  "time\n",
  "date\n",
  "count 3000\n",
  "fault\n",
  "\n",
  "ec",
  "ho cut in two\n",
  "foo\n",
];

const TEXT = (frequency, frame) => `
name = "three-shells"
[machine]
memory = "32 MiB"
frequency = "${frequency} MHz"
[core.0]
frame = "${frame} cycles"
windows = [
  { partition = "near", start = "0 ms", length = "${Math.floor(frame / 2)} cycles" },
  { partition = "other", start = "${Math.ceil(frame / 2)} cycles", length = "${Math.floor(frame / 2)} cycles" },
]
[partition.near]
class = "backend"
program = "shell/shell.elf"
core = 0
restart = { action = "restart", limit = 1000 }
[partition.other]
class = "backend"
program = "shell/shell.elf"
core = 0
restart = { action = "restart", limit = 1000 }
[partition.far]
class = "backend"
program = "shell/shell.elf"
core = 1
restart = { action = "restart", limit = 1000 }
${["near", "other", "far"]
  .map(
    (name) => `
[[channel]]
name = "keys-${name}"
from = "console"
to = "${name}"
slots = 4
slot_size = "16 B"
[[channel]]
name = "date-${name}"
kind = "sampling"
from = "clock"
to = "${name}"
slot_size = "16 B"
`,
  )
  .join("")}`;

/** mulberry32: a whole number from 0 to bound - 1. */
export function createRandom(seed) {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** The bytes of a record, and the hash that the session came to. */
export async function record(seed, inputs) {
  const random = createRandom(seed);
  const text = TEXT([1, 10, 100][random(3)], 20_000 + random(200_000));
  const plan = loadSystem(text, "system.toml", { readFile: (path) => readFileSync(new URL(path, images)) });
  const tsoSeed = random(3) === 0 ? random(1000) : null;
  const session = createSession(plan, { tsoSeed, runAheadCycles: 1 + random(1000) });
  const chunks = [];
  let last = Promise.resolve();
  const file = {
    add: (_, piece) => (last = last.then(async () => chunks.push(await piece()))),
    pendingBytes: () => 0,
    writtenBytes: () => 0,
    failure: () => null,
    close: () => last,
  };
  const image = packImage({ plan, description: { file: "system.toml", text } });
  const recorder = createRecorder({ file, session, image, stores: [], version: "", tsoSeed, date: new Date(0) });
  let host = 0;
  const live = createLive(session, {
    clock: () => (host += random(20) === 0 ? random(3) : 0.01),
    onInput: recorder.input,
    onSettled: recorder.check,
    nap: { sleep: () => Promise.resolve(), wake: () => undefined },
  });
  const channels = outsideChannels(plan).filter(({ id }) => plan.channels[id].kind !== "broadcast");
  const source = live.openSource();
  for (let count = 0; count < inputs; count++) {
    for (let steps = random(30); steps > 0; steps--) live.step(Infinity);
    const { id, kind } = channels[random(channels.length)];
    const bytes =
      kind === "sampling" ? clockValue(random(2 ** 40), 0) : new TextEncoder().encode(LINES[random(LINES.length)]);
    source.deliver(id, bytes);
    host += [0, 0, 0.5, 5, 50][random(5)];
  }
  for (let steps = 0; steps < 40; steps++) live.step(Infinity);
  settle(session);
  const { system } = session.hashes();
  await recorder.finish({ reason: "", refusals: [] });
  return { bytes: new Uint8Array(Buffer.concat(chunks)), hash: system };
}

/** Null where the replay is what was recorded; otherwise what is not. */
export function compare({ bytes, hash }, options) {
  const read = readRecord(bytes, "record");
  const session = createSession(read.plan, { ...options, tsoSeed: read.header.tsoSeed });
  const replay = createReplay(read, session, "record", 20);
  while (replay.run(Infinity) === "more");
  const { verdict, difference } = replay.report();
  const same = verdict === "same" && session.hashes().system === hash;
  return same ? null : `${verdict} ${JSON.stringify(difference)}, ${session.hashes().system} for ${hash}`;
}
