/**
 * Clients of images/net/echo, one after another and many at a time, each of a sort chosen by the seed: orderly, in
 * halves, gone in the middle, deaf. What came back is compared with what was sent; at the end nothing may be left of
 * any of them, memory must be what it was, and a partition on another core must not have noticed.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createRandom } from "../silicon/random.mjs";

/** At a time: more than the device has connections, so that some wait. */
const CLIENTS = 40;
const CONNECTIONS = 32;
const MOST_BYTES = 6000;

/** Ways to be a client: each resolves when its socket is closed, with a sentence about what was wrong, or null. */
const SORTS = {
  /** Sends, ends, and reads until the server ends. */
  async orderly(socket, bytes) {
    socket.end(bytes);
    const got = await readAll(socket);
    return got !== null && got.equals(bytes)
      ? null
      : `an orderly client got ${got?.length ?? "no"} of ${bytes.length} bytes`;
  },
  /** Waits for each half before it sends the next. */
  async halves(socket, bytes) {
    const middle = bytes.length >> 1;
    for (const half of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
      socket.write(half);
      const got = await readCount(socket, half.length);
      if (got === null || !got.equals(half)) return "a client in halves got something else";
    }
    socket.end();
    await readAll(socket);
    return null;
  },
  /** Resets in the middle. */
  async resetting(socket, bytes) {
    socket.write(bytes);
    await new Promise((resolve) => setImmediate(resolve));
    socket.resetAndDestroy();
    return null;
  },
  /** Leaves without a word. */
  async leaving(socket) {
    socket.destroy();
    return null;
  },
  /** Never reads, and leaves. */
  async deaf(socket, bytes) {
    socket.pause();
    socket.write(bytes);
    await new Promise((resolve) => setTimeout(resolve, 2));
    socket.destroy();
    return null;
  },
};
const SORT_NAMES = Object.keys(SORTS);

async function readAll(socket) {
  const chunks = [];
  try {
    for await (const chunk of socket) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return null;
  }
}

async function readCount(socket, count) {
  const chunks = [];
  let missing = count;
  while (missing > 0 && !socket.destroyed) {
    const chunk = socket.read();
    if (chunk === null) await Promise.race([once(socket, "readable"), once(socket, "close")]).catch(() => undefined);
    else {
      chunks.push(chunk);
      missing -= chunk.length;
    }
  }
  return missing === 0 ? Buffer.concat(chunks) : null;
}

async function beClient(port, random) {
  const sort = SORT_NAMES[random.below(SORT_NAMES.length)];
  const bytes = Buffer.alloc(1 + random.below(MOST_BYTES), random.below(256));
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  try {
    await once(socket, "connect");
  } catch {
    return null;
  }
  const wrong = await SORTS[sort](socket, bytes);
  socket.destroy();
  await closed;
  return wrong;
}

/** The echo server with few connections, and a partition that has nothing to do with it. */
function description(folder) {
  return readFileSync(join(folder, "net/echo.toml"), "utf8")
    .replace(/listen = [0-9]+/, "listen = 0")
    .replace('window = "256 KiB"', `window = "4 KiB"\nconnections = ${CONNECTIONS}`)
    .replace(
      "[device.web]",
      '[partition.alone]\nclass = "realtime"\nprogram = "../programs/periodic.elf"\ncore = 1\nperiod = "100 ms"\n\n[device.web]',
    );
}

/** A sentence about what there still is of a client, or null. */
function whatIsLeft(session, { open, waiting }) {
  if (open + waiting > 0) return `${open} connections are left, and ${waiting} clients wait`;
  const { connections, waiting: frames } = session.save().devices.kept.find((kept) => kept?.connections !== undefined);
  if (connections.some((connection) => connection !== null)) return "the device keeps a connection";
  return frames.length > 0 ? "the device keeps frames" : null;
}

/**
 * @param dist the built modules: loadSystem, createSession, createLive, createNetAdapter, breathe
 * @param onProgress is told of each client that is done, and of memory
 * @returns what was done; `failure` is a sentence, or null
 */
export async function flood({ dist, images, seed, clients, onProgress = () => undefined }) {
  const plan = () =>
    dist.loadSystem(description(images), "net.toml", { readFile: (path) => readFileSync(join(images, "net", path)) });
  const net = dist.createNetAdapter(plan(), { allowNet: [], allowBind: false });
  const session = dist.createSession(plan(), { outlets: net.outlets });
  const live = dist.createLive(session, { clock: () => performance.now() });
  const [sentence] = await net.open();
  const port = Number(/:([0-9]+)$/.exec(sentence)[1]);
  net.start(live, session);
  const state = { isStopped: false };
  const run = (async () => {
    while (!state.isStopped) {
      const end = live.step(Infinity);
      if (end === "nap") await live.nap(20);
      else await dist.breathe();
    }
  })();

  const random = createRandom(seed);
  let begun = 0;
  let done = 0;
  let failure = null;
  const one = async () => {
    while (begun < clients && failure === null) {
      begun++;
      failure ??= await beClient(port, random);
      onProgress(++done);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, one));
  // The device hears of the last clients a moment later.
  const { counts } = net.ports[0];
  for (let tries = 0; tries < 200 && whatIsLeft(session, counts()) !== null; tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  failure ??= whatIsLeft(session, counts());
  state.isStopped = true;
  await run;
  net.close();

  // The other partition, in a system that nobody came to, at the same cycle.
  const until = session.now() + 1;
  session.run({ until });
  const quiet = dist.createSession(plan());
  quiet.run({ until });
  if (quiet.hashes().partitions[1] !== session.hashes().partitions[1])
    failure ??= "the partition on the other core has noticed something";
  return { failure, done, accepted: counts().accepted, virtualCycles: until };
}
