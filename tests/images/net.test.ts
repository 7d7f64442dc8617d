/** Real clients of images/net: node:net, and curl and nc where they are. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breathe } from "../../dist/host/clock.js";
import { createLive } from "../../dist/host/live.js";
import { createNetAdapter } from "../../dist/host/devices/net.js";
import { createSession, loadSystem, type SessionOptions } from "../../dist/system/index.js";
import { flood } from "../../tools/net/campaign.mjs";
import { NET, planOf, readAll, readBytes, serve, type Served } from "./nets/serve.js";

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const hasNc = spawnSync("nc", ["-h"]).error === undefined;
if (!hasCurl) console.log("skipped: clients of kind curl (it is not here)");
if (!hasGcc) console.log("skipped: programs that connect, or speak out of turn (gcc is not here)");
if (!hasNc) console.log("skipped: clients of kind nc (it is not here)");

/** A description of images/net at a port of the host's choice. */
function described(name: string, changes: readonly (readonly [string, string])[] = []): string {
  const text = readFileSync(join(NET, `${name}.toml`), "utf8").replace(/listen = [0-9]+/, "listen = 0");
  return changes.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`${name}.toml has no ${from}`);
    return changed.replace(from, to);
  }, text);
}

const SMALL_WINDOW = [['window = "256 KiB"', 'window = "16 KiB"']] as const;

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Waits until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** What a program prints that is fed with something. */
async function output(command: string, words: readonly string[], input = ""): Promise<string> {
  const child = spawn(command, words, { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.end(input);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(child, "close");
  return Buffer.concat(chunks).toString();
}

describe("the echo server", () => {
  let echo: Served;
  beforeAll(async () => {
    echo = await serve(described("echo", [...SMALL_WINDOW, ["kind", "connections = 20\nkind"]]));
  });
  afterAll(() => echo.stop());

  it("sends back what it gets, in order, and ends after its client has ended", async () => {
    const socket = await echo.connect();
    const bytes = randomBytes(300_000);
    socket.end(bytes);
    const got = await readAll(socket);
    expect(got.length).toBe(bytes.length);
    expect(sha(got)).toBe(sha(bytes));
  });

  it.skipIf(!hasNc)("talks to nc", async () => {
    const said = await output("nc", ["-N", "127.0.0.1", `${echo.port}`], "hello\nworld\n");
    expect(said).toBe("hello\nworld\n");
  });

  it("holds up a client that does not read, and nobody else", async () => {
    const slow = await echo.connect();
    const bytes = randomBytes(2_000_000);
    slow.pause();
    slow.end(bytes);
    const quick = await echo.connect();
    for (let turn = 0; turn < 20; turn++) {
      quick.write(`turn ${turn}`);
      expect((await readBytes(quick, `turn ${turn}`.length)).toString()).toBe(`turn ${turn}`);
    }
    quick.destroy();
    expect(sha(await readAll(slow))).toBe(sha(bytes));
  });

  it("serves as many clients at a time as it is told, and others when one of them is done", async () => {
    await until(() => echo.net.ports[0].counts().open === 0);
    const clients = await Promise.all(Array.from({ length: 24 }, () => echo.connect()));
    const answered: number[] = [];
    clients.forEach((socket, index) => {
      socket.write(`${index}`);
      socket.once("data", () => answered.push(index));
    });
    await until(() => answered.length === 20);
    expect(echo.net.ports[0].counts()).toMatchObject({ open: 20, waiting: 4 });
    for (const index of answered.slice(0, 5)) clients[index].resetAndDestroy();
    await until(() => answered.length === 24);
    for (const socket of clients) socket.destroy();
  });

  it("is not disturbed by clients that leave in the middle, or by a flood of them", async () => {
    const leaving = await Promise.all(Array.from({ length: 10 }, () => echo.connect()));
    for (const socket of leaving) {
      socket.on("error", () => undefined);
      socket.write(randomBytes(200_000));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const [index, socket] of leaving.entries()) {
      if (index % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
    const flood = Array.from({ length: 100 }, () => connect(echo.port, "127.0.0.1"));
    for (const socket of flood) socket.on("error", () => undefined);
    await Promise.all(
      flood.map((socket) => new Promise((resolve) => socket.once("connect", resolve).once("close", resolve))),
    );
    for (const socket of flood) socket.destroy();
    const bytes = randomBytes(50_000);
    let got: Buffer = Buffer.alloc(0);
    // The flood may still stand in front of it.
    for (let attempt = 0; attempt < 50 && got.length < bytes.length; attempt++) {
      const socket = await echo.connect();
      socket.end(bytes);
      got = await readAll(socket).catch(() => Buffer.alloc(0));
    }
    expect(sha(got)).toBe(sha(bytes));
    await until(() => echo.net.ports[0].counts().open === 0);
  });

  it("keeps nothing of clients that are gone", async () => {
    for (let round = 0; round < 15; round++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => echo.connect()));
      clients.forEach((socket) => socket.end("bye"));
      const got = await Promise.all(clients.map(readAll));
      expect(got.every((bytes) => bytes.toString() === "bye")).toBe(true);
    }
    await until(() => echo.net.ports[0].counts().open === 0);
    // The device hears of the last one a moment later.
    await until(() => {
      const [state] = echo.session.save().devices.kept as { connections?: unknown[]; waiting?: unknown[] }[];
      return state.connections?.every((connection) => connection === null) === true && state.waiting?.length === 0;
    });
    expect(echo.net.ports[0].counts()).toMatchObject({ open: 0, waiting: 0 });
  });
});

describe("the web server", () => {
  let web: Served;
  const url = (path: string): string => `http://127.0.0.1:${web.port}${path}`;
  beforeAll(async () => {
    web = await serve(described("responder"));
  });
  afterAll(() => web.stop());

  /** What comes back for raw requests, until the server ends. */
  async function ask(text: string): Promise<string> {
    const socket = await web.connect();
    socket.write(text);
    const reply = await readAll(socket);
    socket.destroy();
    return reply.toString();
  }
  const NUMBERS = Array.from({ length: 32768 }, (_, number) => `${number}\n`).join("");

  it("answers GET and HEAD, also many on one connection", async () => {
    const page = await fetch(url("/"));
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await page.text()).toContain("It works");
    const head = await fetch(url("/numbers.txt"), { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, `${NUMBERS.length}`]);
    for (let turn = 0; turn < 10; turn++)
      expect(await (await fetch(url("/hello.txt?turn"))).text()).toBe("Hello, world\n");
  });

  it("answers requests that come one behind another, in their order", async () => {
    const request = (path: string, more = ""): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;
    const reply = await ask(
      request("/hello.txt") +
        request("/style.css") +
        "\r\n" +
        request("/none") +
        request("/hello.txt", "Connection: close\r\n"),
    );
    expect([...reply.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(["200", "200", "404", "200"]);
    expect(reply.indexOf("Hello")).toBeLessThan(reply.indexOf("sans-serif"));
    expect(reply.endsWith("Connection: close\r\n\r\nHello, world\n")).toBe(true);
  });

  it.each<[string, string, number]>([
    ["no request", "BAD\r\n\r\n", 400],
    ["a request without a host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["a space before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400],
    ["a line that goes on", "GET / HTTP/1.1\r\nHost: h\r\n on\r\n\r\n", 400],
    ["a zero byte", "GET / HTTP/1.1\r\nHost: h\0\r\n\r\n", 400],
    ["a length that is none", "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400],
    ["a GET with a body", "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 400],
    ["another version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505],
    ["a target that is too long", `GET /${"x".repeat(300)} HTTP/1.1\r\nHost: h\r\n\r\n`, 414],
    ["a head without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(9000)}`, 431],
    ["another method with a body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 405],
  ])("refuses %s, and ends", async (_, text, status) => {
    const reply = await ask(text);
    expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(reply).toContain("Connection: close\r\n");
  });

  it("serves slow readers at their pace", async () => {
    const socket = await web.connect();
    for (let turn = 0; turn < 10; turn++) socket.write("GET /numbers.txt HTTP/1.1\r\nHost: h\r\n\r\n");
    socket.end();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const reply = (await readAll(socket)).toString();
    expect(reply.split(NUMBERS)).toHaveLength(11);
  });

  it.skipIf(!hasCurl)("talks to curl", async () => {
    const said = await output("curl", ["-sS", "-i", url("/hello.txt"), url("/hello.txt")]);
    expect(said.split("Hello, world\n")).toHaveLength(3);
    expect(sha(Buffer.from(await output("curl", ["-sS", url("/numbers.txt")])))).toBe(sha(Buffer.from(NUMBERS)));
  });
});

it("nothing is left of clients of any sort, and nobody else notices them: a sample of npm run campaign:net", async () => {
  const dist = { breathe, createLive, createNetAdapter, createSession, loadSystem };
  const { failure, done } = await flood({ dist, images: join(NET, ".."), seed: 5, clients: 120 });
  expect([failure, done]).toEqual([null, 120]);
});

describe("a system on the network", () => {
  /** The echo server, and a partition on another core that has nothing to do with it. */
  const pair = described("echo", [
    ...SMALL_WINDOW,
    ["400 MHz", "10 MHz"],
    [
      "[device.web]",
      '[partition.alone]\nclass = "realtime"\nprogram = "../programs/periodic.elf"\ncore = 1\nperiod = "10 ms"\n\n[device.web]',
    ],
  ]);
  const UNTIL = 3_000_000;

  async function exchange(socket: Socket): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      socket.write(randomBytes(100));
      await readBytes(socket, 100);
    }
    socket.destroy();
  }

  it("changes nothing in other partitions, and runs again the same from what came in, on both engines", async () => {
    const quiet = createSession(planOf(pair));
    quiet.run({ until: UNTIL });
    const busy = await serve(pair, { until: UNTIL });
    const exchanges = Promise.all(Array.from({ length: 4 }, async () => exchange(await busy.connect())));
    // On a slow host the time is up before they are done.
    await Promise.race([exchanges, busy.ended]);
    expect(await busy.ended).toBe("time is up");
    const hashes = busy.session.hashes();
    await busy.stop();
    expect(busy.inputs.length).toBeGreaterThan(3);
    expect(hashes.partitions[1]).toBe(quiet.hashes().partitions[1]);
    expect(hashes.partitions[0]).not.toBe(quiet.hashes().partitions[0]);
    const again = (options: SessionOptions): string => {
      const session = createSession(planOf(pair), options);
      for (const { channel, at, bytes } of busy.inputs) session.inject(channel, at, bytes);
      session.run({ until: UNTIL });
      return session.hashes().system;
    };
    expect(again({})).toBe(hashes.system);
    expect(again({ engine: "reference" })).toBe(hashes.system);
  });
});

describe.skipIf(!hasGcc)("a program of one's own", () => {
  const folder = mkdtempSync(join(tmpdir(), "hallows-net-"));
  const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  beforeAll(() => {
    const sources = ["proxy", "hostile"].map((name) => file(`nets/${name}.c`));
    execFileSync(file("../../images/build.sh"), [folder, ...sources], { stdio: "pipe" });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const description = (program: string): string =>
    described("echo", [...SMALL_WINDOW, ["echo.elf", `${program}.elf"\nrestart = "restart`]]);

  async function listen(onClient: (socket: Socket) => void): Promise<{ server: Server; address: string }> {
    const server = createServer(onClient);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  it("connects to what the command line allows, and is told why it can't otherwise", async () => {
    const allowed = await listen((socket) => socket.pipe(socket));
    const forbidden = await listen(() => undefined);
    const closed = await listen(() => undefined);
    closed.server.close();
    const allowNet = [allowed.address, closed.address];
    const proxy = await serve(description("proxy"), { folder, permissions: { allowNet, allowBind: false } });
    const ask = async (address: string): Promise<string> => {
      const socket = await proxy.connect();
      socket.end(address);
      return (await readAll(socket)).toString();
    };
    const [refused, notAllowed, unreachable] = ["failed 3", "failed 4", "failed 5"];
    expect(await ask(closed.address)).toBe(refused);
    expect(await ask(forbidden.address)).toBe(notAllowed);
    expect(await ask("nowhere")).toBe(unreachable);
    const socket = await proxy.connect();
    socket.write(allowed.address);
    expect((await readBytes(socket, 9)).toString()).toBe("connected");
    socket.end("there and back");
    expect((await readAll(socket)).toString()).toBe("there and back");
    forbidden.server.close();
    allowed.server.close();
    await proxy.stop();
  });

  it("that ends still gets through what it has sent, lets go of its port and its clients, and the run is over", async () => {
    const proxy = await serve(description("proxy"), { folder });
    const [idle, last] = [await proxy.connect(), await proxy.connect()];
    idle.on("error", () => undefined);
    last.on("error", () => undefined);
    last.write("exit");
    expect((await readAll(last)).toString()).toBe("bye");
    expect(await proxy.ended).toBe("quiet");
    expect((await readAll(idle)).toString()).toBe("");
    await expect(proxy.connect()).rejects.toThrow("ECONNREFUSED");
  });

  it("that speaks out of turn loses its connections, and begins again after its restart", async () => {
    const hostile = await serve(description("hostile"), { folder });
    const before = await hostile.connect();
    before.write("fie");
    await expect(readAll(before)).rejects.toThrow("ECONNRESET");
    await until(() => hostile.said.join("").includes("status 100"));
    let answer = "";
    for (let attempt = 0; attempt < 100 && answer === ""; attempt++) {
      const after = await hostile.connect().catch(() => null);
      after?.write("well");
      answer = after === null ? "" : await readBytes(after, 4).then(String, () => "");
      after?.destroy();
    }
    expect(answer).toBe("good");
    await hostile.stop();
  });
});
