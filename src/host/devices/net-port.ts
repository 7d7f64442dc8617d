/**
 * The host's side of one device of kind `net`: sockets of Node, and what the device and they say to each other.
 *
 * Invariant: of each connection the device hears once that it is there and once that it is gone, whatever happens
 * between; its index is given again when the device says so. A socket is read no further than its window allows, and
 * what its client does not take stays within the window that the partition has: so the memory of all of it is bounded
 * by the number of connections.
 */
import { createServer, connect, type Server, type Socket } from "node:net";
import { NetFrame, NetReason } from "../../abi/index.js";
import { connectionNumber, indexOf, NO_DATA, packInputs, type NetInput, type NetOutlet } from "../../devices/index.js";
import { createSlabs } from "./slabs.js";

export interface NetPortOptions {
  readonly connections: number;
  readonly windowBytes: number;
  /** Whether the partition may connect to an address, written as HOST:PORT. */
  isAllowed(address: string): boolean;
}

export interface NetPort {
  readonly outlet: NetOutlet;
  /** What the device is told goes there from now on. */
  attach(deliver: (bytes: Uint8Array) => void): void;
  /** Resolves with the port that clients connect to; rejects with Node's error when they can't. */
  listen(host: string, port: number): Promise<number>;
  /** Ends all of it, once what was sent has gone out; nothing is delivered any more. */
  close(): void;
  /** For reports and tests. */
  counts(): { readonly open: number; readonly waiting: number; readonly accepted: number };
}

/** One connection: what the device still has to hear of, and how much is under way. */
interface Link {
  readonly number: number;
  readonly socket: Socket;
  /** Handed over, and not yet taken by the partition. */
  untaken: number;
  /** Read, and beyond the window. */
  held: Buffer | null;
  /** The client sends no more; the device has been told so. */
  hasEnded: boolean;
  isEndTold: boolean;
  /** The partition sends no more. */
  isFinished: boolean;
  /** Given to the socket, and passed on by it, and told to the device. */
  written: number;
  told: number;
  isCorked: boolean;
  /** Why it broke; null while it did not. */
  reason: NetReason | null;
  isClosed: boolean;
  isGone: boolean;
}

/** What is to be delivered waits for the end of the host's round of events, unless it is as much. */
const BATCH_BYTES = 512 * 1024;

const REASONS: Readonly<Record<string, NetReason>> = {
  ETIMEDOUT: NetReason.TimedOut,
  ECONNREFUSED: NetReason.Refused,
  ENOTFOUND: NetReason.Unreachable,
  EAI_AGAIN: NetReason.Unreachable,
  EHOSTUNREACH: NetReason.Unreachable,
  ENETUNREACH: NetReason.Unreachable,
  EADDRNOTAVAIL: NetReason.Unreachable,
};

function reasonOf(error: NodeJS.ErrnoException): NetReason {
  return REASONS[error.code ?? ""] ?? NetReason.ByPeer;
}

export function createNetPort({ connections, windowBytes, isAllowed }: NetPortOptions): NetPort {
  /** Indexed by connection; null for one that is not given. */
  const links: (Link | null)[] = Array.from({ length: connections }, () => null);
  const freeIndices = Array.from({ length: connections }, (_, index) => connections - 1 - index);
  const given = Array.from({ length: connections }, () => 0);
  /** Clients for whom there is no connection yet. */
  const waiting = new Set<Socket>();
  const calling = new Set<Socket>();
  const slabs = createSlabs();
  let corked: Link[] = [];
  let server: Server | null = null;
  let isStopped = false;
  let isClosed = false;
  let accepted = 0;

  let deliver: ((bytes: Uint8Array) => void) | null = null;
  let batch: NetInput[] = [];
  let batchBytes = 0;
  /** Handed over, and without effect yet. */
  const delivered: Uint8Array[] = [];
  let isScheduled = false;

  // ---- to the device ------------------------------------------------------------------------------------------------

  function tell(connection: number, kind: NetFrame, value = 0, data: Uint8Array = NO_DATA, extra = 0): void {
    if (isClosed) return;
    batch.push({ connection, kind, value, extra, data });
    batchBytes += data.length;
    if (batchBytes >= BATCH_BYTES) deliverBatch();
    else if (!isScheduled) {
      isScheduled = true;
      setImmediate(deliverScheduled);
    }
  }

  function deliverScheduled(): void {
    isScheduled = false;
    deliverBatch();
  }

  function deliverBatch(): void {
    if (deliver === null || batch.length === 0) return;
    const bytes = packInputs(batch, slabs.take);
    delivered.push(bytes);
    batch = [];
    batchBytes = 0;
    deliver(bytes);
  }

  /** Tells what may be told now of a connection's stream and of its end. */
  function advance(link: Link): void {
    if (link.isGone) return;
    if (link.held !== null) {
      const room = Math.min(windowBytes - link.untaken, link.held.length);
      if (room > 0) {
        tell(link.number, NetFrame.Data, 0, link.held.subarray(0, room));
        link.untaken += room;
        link.held = room === link.held.length ? null : link.held.subarray(room);
      }
    }
    if (link.held === null && link.hasEnded && !link.isEndTold) {
      link.isEndTold = true;
      tell(link.number, NetFrame.End);
    }
    if (!link.isClosed) return;
    const isOrderly = link.reason === null && link.hasEnded && link.isFinished;
    if (isOrderly && link.held !== null) return;
    link.isGone = true;
    link.held = null;
    if (isOrderly) tell(link.number, NetFrame.Closed);
    else tell(link.number, NetFrame.Reset, link.reason ?? NetReason.ByPeer);
  }

  // ---- sockets ------------------------------------------------------------------------------------------------------

  function takeIndex(): number | undefined {
    return isStopped || isClosed ? undefined : freeIndices.pop();
  }

  function addLink(index: number, socket: Socket): Link {
    const link: Link = {
      number: connectionNumber(index, given[index]++),
      socket,
      untaken: 0,
      held: null,
      hasEnded: false,
      isEndTold: false,
      isFinished: false,
      written: 0,
      told: 0,
      isCorked: false,
      reason: null,
      isClosed: false,
      isGone: false,
    };
    links[index] = link;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      link.held = link.held === null ? chunk : Buffer.concat([link.held, chunk]);
      advance(link);
      if (link.held !== null || link.untaken >= windowBytes) socket.pause();
    });
    socket.on("end", () => {
      link.hasEnded = true;
      advance(link);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      link.reason ??= reasonOf(error);
    });
    socket.on("close", () => {
      link.isClosed = true;
      advance(link);
    });
    return link;
  }

  function welcome(socket: Socket): void {
    accepted++;
    if (isStopped || isClosed) return void socket.resetAndDestroy();
    const index = takeIndex();
    if (index === undefined) return hold(socket);
    start(index, socket);
  }

  function start(index: number, socket: Socket): void {
    const address = `${socket.remoteAddress}:${socket.remotePort}`;
    const link = addLink(index, socket);
    tell(link.number, NetFrame.Accepted, 0, Buffer.from(address));
    socket.resume();
  }

  /** Until a connection is free. A client that leaves meanwhile is noticed when its turn comes. */
  function hold(socket: Socket): void {
    if (waiting.size >= connections) return void socket.resetAndDestroy();
    waiting.add(socket);
    socket.once("error", () => undefined);
    socket.once("close", () => waiting.delete(socket));
  }

  function call(word: number, address: string): void {
    const fail = (reason: NetReason): void => tell(0, NetFrame.Failed, reason, NO_DATA, word);
    const parts = /^(.{1,253}):([0-9]{1,5})$/.exec(address);
    if (parts === null || Number(parts[2]) > 65535) return fail(NetReason.Unreachable);
    if (!isAllowed(address)) return fail(NetReason.NotAllowed);
    const index = takeIndex();
    if (index === undefined) return fail(NetReason.Full);
    const [, host, port] = parts;
    const socket = connect({ host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port), allowHalfOpen: true });
    let reason: NetReason = NetReason.ByPeer;
    const refuse = (): void => {
      calling.delete(socket);
      freeIndices.push(index);
      fail(reason);
      admit();
    };
    const note = (error: NodeJS.ErrnoException): void => {
      reason = reasonOf(error);
    };
    calling.add(socket);
    socket.once("error", note);
    socket.once("close", refuse);
    socket.once("connect", () => {
      calling.delete(socket);
      socket.off("error", note);
      socket.off("close", refuse);
      const data = Buffer.alloc(4);
      data.writeUInt32LE(word);
      const link = addLink(index, socket);
      tell(link.number, NetFrame.Connected, 0, data);
    });
  }

  /** Whoever has waited longest gets the connection that has become free. */
  function admit(): void {
    const [socket] = waiting;
    if (socket === undefined) return;
    const index = takeIndex();
    if (index === undefined) return;
    waiting.delete(socket);
    start(index, socket);
  }

  /** The socket has passed on some of what was written: the partition hears of it when it is half of the window. */
  function noteWritten(link: Link): void {
    const passedOn = link.written - link.socket.writableLength - link.told;
    if (link.isGone || passedOn < windowBytes / 2) return;
    link.told += passedOn;
    tell(link.number, NetFrame.Window, passedOn);
  }

  function find(number: number): Link | null {
    const link = links[indexOf(number)];
    return link?.number === number && !link.isGone ? link : null;
  }

  function uncork(): void {
    const list = corked;
    corked = [];
    for (const link of list) {
      link.isCorked = false;
      link.socket.uncork();
    }
  }

  const outlet: NetOutlet = {
    write(number, bytes) {
      const link = find(number);
      if (link === null || link.isClosed) return slabs.done(bytes);
      if (!link.isCorked) {
        link.isCorked = true;
        link.socket.cork();
        corked.push(link);
      }
      link.written += bytes.length;
      link.socket.write(bytes, () => {
        slabs.done(bytes);
        noteWritten(link);
      });
    },
    room: slabs.take,
    end(number) {
      const link = find(number);
      if (link === null) return;
      link.isFinished = true;
      link.socket.end();
    },
    reset(number) {
      const link = find(number);
      if (link === null) return;
      link.reason ??= NetReason.ByPeer;
      link.held = null;
      if (link.isClosed) advance(link);
      else link.socket.resetAndDestroy();
    },
    grant(number, bytes) {
      const link = find(number);
      if (link === null) return;
      link.untaken -= bytes;
      advance(link);
      if (link.held === null && link.untaken <= windowBytes / 2 && link.socket.isPaused()) link.socket.resume();
    },
    connect: call,
    tookIn() {
      const bytes = delivered.shift();
      if (bytes !== undefined) slabs.done(bytes);
    },
    free(index) {
      links[index] = null;
      freeIndices.push(index);
      admit();
    },
    flush: uncork,
    stop() {
      isStopped = true;
      uncork();
      for (const socket of [...waiting, ...calling]) socket.resetAndDestroy();
      for (const link of links) if (link !== null && !link.isGone) outlet.reset(link.number);
    },
    start() {
      isStopped = false;
    },
  };

  return {
    outlet,
    attach(handOver) {
      deliver = handOver;
      deliverBatch();
    },
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, welcome);
        // What comes after the start concerns one client, such as that the host has no more files for it.
        server.on("error", reject);
        server.listen({ host, port, backlog: 511 }, () => {
          const address = server?.address();
          resolve(typeof address === "object" && address !== null ? address.port : port);
        });
      }),
    close() {
      isClosed = true;
      server?.close();
      uncork();
      for (const socket of [...waiting, ...calling]) socket.resetAndDestroy();
      // What has been sent still arrives.
      for (const link of links) link?.socket.destroySoon();
    },
    counts: () => ({
      open: links.filter((link) => link !== null && !link.isGone).length,
      waiting: waiting.size,
      accepted,
    }),
  };
}
