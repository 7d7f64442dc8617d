/**
 * `npm run campaign:messages -- [--messages N] [--for SECONDS] [--seed N]`
 *
 * Sends a hundred million messages (or N, or for so long) over all kinds of channels, on the translating engine, with
 * exact order: partitions of images/campaign/messages.c, a sender and a receiver of each kind, which check number,
 * order and sum of each message. Rounds differ by the seed, which varies batches and sizes. The first message that is
 * not what was sent ends the run with exit code 1. At the end: messages a second of the host, by kind.
 */
import { readFileSync } from "node:fs";
import { readOptions } from "./options.mjs";

const options = readOptions(import.meta.url, {
  messages: { type: "string", default: "100000000" },
  for: { type: "string", default: "86400" },
  seed: { type: "string", default: "1" },
});
const [messages, seconds, seed] = [options.messages, options.for, options.seed].map(Number);
if (![messages, seed].every(Number.isSafeInteger) || !(messages > 0) || !(seconds > 0)) {
  console.error("campaign:messages: --messages, --for and --seed take whole numbers");
  process.exit(2);
}
const { createSession, loadSystem } = await import(new URL("../dist/system/index.js", import.meta.url).href);
const program = readFileSync(new URL("../images/campaign/messages.elf", import.meta.url));

const ROUND = 1_000_000;
const PROGRESS_MILLISECONDS = 5000;
/** Kind, batch, messages of a round as a share, and whether every message arrives. */
const STREAMS = [
  { kind: "queue", batch: 1, share: 1, keeps: true },
  { kind: "queue", batch: 32, share: 4, keeps: true },
  { kind: "broadcast", batch: 8, share: 1, keeps: true },
  { kind: "bytes", batch: 1, share: 0.5, keeps: true },
  { kind: "call", batch: 1, share: 0.1, keeps: true },
  { kind: "sampling", batch: 1, share: 0.5, keeps: false },
];

function describe({ kind, batch }, count, start) {
  const partition = (name, core) =>
    `[partition.${name}]\nclass = "backend"\nprogram = "messages.elf"\ncore = ${core}\n`;
  const room = { bytes: 'size = "16 KiB"', call: 'slots = 16\nslot_size = "32 B"\nreply_size = "32 B"' }[kind];
  return `[machine]\nfrequency = "1 GHz"\nseed = ${start}\n${partition("sender", 0)}${partition("receiver", 1)}
[[channel]]\nname = "b${batch}-${count}-${start}"\nkind = "${kind}"\nfrom = "sender"\nto = "receiver"
${room ?? 'slots = 256\nslot_size = "32 B"'}\n`;
}

const startedAt = Date.now();
let saidAt = startedAt;
let sent = 0;
const speeds = new Map();
console.log(`campaign:messages: seed ${seed}, ${messages.toLocaleString("en-US")} messages`);
for (let round = 0; sent < messages && Date.now() - startedAt < seconds * 1000; round++) {
  const stream = STREAMS[round % STREAMS.length];
  const count = Math.max(1, Math.min(Math.round(ROUND * stream.share), messages - sent));
  const start = (seed * 7919 + round) % 1_000_000;
  const said = [];
  const session = createSession(
    loadSystem(describe(stream, count, start), "messages.toml", { readFile: () => program }),
    { onConsole: (_, bytes) => said.push(new TextDecoder().decode(bytes)) },
  );
  const began = process.cpuUsage();
  session.run({ until: 1e13 });
  const { user, system } = process.cpuUsage(began);
  const codes = session.kernel.view().partitions.map(({ exitCode }) => exitCode);
  if (codes.some((code) => code !== 0)) {
    console.error(
      `${stream.kind}, batch ${stream.batch}, start ${start}: exit codes ${codes.join(", ")}\n${said.join("")}`,
    );
    console.error(`To repeat: --seed ${seed}, round ${round}`);
    process.exit(1);
  }
  sent += count;
  const key = `${stream.kind}, batch ${stream.batch}`;
  const speed = speeds.get(key) ?? { count: 0, seconds: 0 };
  speed.count += count;
  speed.seconds += (user + system) / 1e6;
  speeds.set(key, speed);
  if (Date.now() - saidAt < PROGRESS_MILLISECONDS) continue;
  saidAt = Date.now();
  const elapsed = (saidAt - startedAt) / 1000;
  const left = Math.ceil((messages - sent) / (sent / elapsed));
  console.log(
    `${sent.toLocaleString("en-US")} messages, ${Math.round(sent / elapsed).toLocaleString("en-US")}/s, ${left} s to go`,
  );
}
console.log(`${sent.toLocaleString("en-US")} messages, none lost, doubled, out of order or changed`);
for (const [key, { count, seconds: taken }] of speeds)
  console.log(`  ${key.padEnd(22)} ${(count / taken / 1e6).toFixed(2)} M messages a second of processor time`);
