/** Systems of images/net served to real clients, in this process. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { breathe } from "../../../dist/host/clock.js";
import { createLive, type Live } from "../../../dist/host/live.js";
import { createNetAdapter, type NetAdapter, type NetPermissions } from "../../../dist/host/devices/net.js";
import { createSession, loadSystem, type Session } from "../../../dist/system/index.js";

export const NET = fileURLToPath(new URL("../../../images/net/", import.meta.url));

export interface Input {
  readonly channel: number;
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface Served {
  readonly session: Session;
  readonly live: Live;
  readonly net: NetAdapter;
  readonly port: number;
  /** What came in, with its cycles. */
  readonly inputs: readonly Input[];
  /** What the partitions said. */
  readonly said: string[];
  connect(): Promise<Socket>;
  /** Ends with the run: at once, or when `until` is reached or nothing is left to come. */
  stop(): Promise<void>;
  readonly ended: Promise<string>;
}

export interface ServeOptions {
  readonly folder?: string;
  readonly permissions?: NetPermissions;
  readonly until?: number;
}

export function planOf(text: string, folder = NET) {
  return loadSystem(text, "net.toml", { readFile: (path) => readFileSync(join(folder, path)) });
}

/** Serves a description until it is stopped. */
export async function serve(
  text: string,
  { folder, permissions = { allowNet: [], allowBind: false }, until = Infinity }: ServeOptions = {},
): Promise<Served> {
  const plan = planOf(text, folder);
  const net = createNetAdapter(plan, permissions);
  if (net === null) throw new Error("it has no net");
  const said: string[] = [];
  const session = createSession(plan, {
    outlets: net.outlets,
    onConsole: (_, bytes) => said.push(new TextDecoder().decode(bytes)),
  });
  const inputs: Input[] = [];
  const live = createLive(session, {
    clock: () => performance.now(),
    onInput: (channel, at, bytes) => inputs.push({ channel, at, bytes: bytes.slice() }),
  });
  const [sentence = ""] = await net.open();
  net.start(live, session);
  let isStopped = false;
  async function run(): Promise<string> {
    for (;;) {
      if (isStopped) return "stopped";
      if (session.now() >= until) return "time is up";
      const end = live.step(until);
      if (end === "nap") await live.nap(20);
      else if (end === "more") await breathe();
      else return end;
    }
  }
  const ended = run();
  const port = Number(/:([0-9]+)$/.exec(sentence)?.[1] ?? 0);
  return {
    session,
    live,
    net,
    port,
    inputs,
    said,
    ended,
    async connect() {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
      await once(socket, "connect");
      return socket;
    },
    async stop() {
      isStopped = true;
      await ended;
      await net.close();
    },
  };
}

/** All that comes until the end; rejects when the connection breaks. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The next `count` bytes. */
export async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  let got = Buffer.alloc(0);
  while (got.length < count) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) got = Buffer.concat([got, chunk]);
    else await once(socket, "readable");
  }
  if (got.length > count) socket.unshift(got.subarray(count));
  return got.subarray(0, count);
}
