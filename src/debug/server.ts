/**
 * A server of gdb's remote serial protocol for one client: packets in, packets out ("Debugging with GDB", appendix E).
 *
 * Partitions are processes, from 1 on, and threads are threads, numbered from 1 through all partitions. While one of
 * them is resumed, all go on: time passes for the whole system. What is not known here is answered with an empty
 * packet, as the protocol demands.
 *
 * NOT SUPPORTED: read and access watchpoints, changing registers that the machine lacks, starting other programs.
 */
import type { PartitionId, ThreadId } from "../units.js";
import { runMonitorCommand } from "./monitor.js";
import { bytesOfHex, createPacketReader, hexOf, hexOfText, MOST_PACKET_BYTES, packetOf } from "./packets.js";
import { DEBUG_REGISTERS, TARGET_DESCRIPTION } from "./registers.js";
import type { DebugTarget, Resume, Stop } from "./target.js";

export interface DebugServerOptions {
  readonly target: DebugTarget;
  readonly send: (bytes: Uint8Array) => void;
  /** The file that a partition's program was read from; null where there is none. */
  readonly programOf: (partition: PartitionId) => string | null;
  /** Lets others run. */
  readonly breathe: () => Promise<void>;
  /** Each time that the system stands still. */
  readonly onStop?: () => void;
}

export interface DebugServer {
  /** What has arrived from the client. */
  receive(bytes: Uint8Array): void;
  /** Resolves when the client has said goodbye. */
  readonly done: Promise<void>;
  /** The client is gone: what is under way ends soon. */
  close(): void;
}

const ERROR = "E01";
/** Of a memory read. Two digits a byte. */
const MOST_READ_BYTES = MOST_PACKET_BYTES / 2 - 16;
const MONITOR_PART_BYTES = 1024;

const FEATURES = [
  `PacketSize=${MOST_PACKET_BYTES.toString(16)}`,
  "QStartNoAckMode+",
  "multiprocess+",
  "swbreak+",
  "hwbreak+",
  "vContSupported+",
  "ReverseStep+",
  "ReverseContinue+",
  "qXfer:features:read+",
  "qXfer:threads:read+",
  "qXfer:exec-file:read+",
].join(";");

export function createDebugServer({ target, send, programOf, breathe, onStop }: DebugServerOptions): DebugServer {
  const { history, plan } = target;
  const { session } = history;
  const threads = plan.partitions.flatMap(({ id, name, threads: rows }) =>
    rows.map((row) => ({ id: row.id, name: `${name}.${row.name}`, partition: id })),
  );
  const reader = createPacketReader();
  const waiting: string[] = [];
  let hasAcks = true;
  let isBusy = false;
  let isInterrupted = false;
  let isClosed = false;
  let last = packetOf("");
  let stop: Stop = { kind: "interrupt", thread: target.thread(), address: 0 };
  /** What H packets chose: for memory and registers, and for going on. */
  let general: ThreadId = target.thread();
  let finish: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const threadText = (id: ThreadId): string => `p${(target.partitionOf(id) + 1).toString(16)}.${(id + 1).toString(16)}`;

  /** A thread's or process's name in packets: its thread; the present one for "any"; null for none that there is. */
  function parseThread(text: string): ThreadId | null {
    const match = /^(?:p(-1|[0-9a-f]{1,8}))?(?:\.?(-1|[0-9a-f]{1,8}))?$/.exec(text);
    if (match === null) return null;
    const [, processText, threadWord] = match;
    const partition = processText === undefined || processText === "-1" ? -1 : parseInt(processText, 16) - 1;
    if (threadWord === undefined || threadWord === "-1" || parseInt(threadWord, 16) === 0) {
      if (partition < 0) return stop.thread;
      if (target.partitionOf(stop.thread) === partition) return stop.thread;
      return threads.find((row) => row.partition === partition)?.id ?? null;
    }
    const id = parseInt(threadWord, 16) - 1;
    return threads[id] !== undefined && (partition < 0 || threads[id].partition === partition) ? id : null;
  }

  function stopText({ kind, thread, address }: Stop): string {
    const where = `thread:${threadText(thread)};core:${plan.partitions[target.partitionOf(thread)].core.toString(16)};`;
    switch (kind) {
      case "breakpoint":
        return `T05${where}swbreak:;`;
      case "watchpoint":
        return `T05${where}watch:${address.toString(16)};`;
      case "step":
        return `T05${where}`;
      case "interrupt":
        return `T02${where}`;
      case "end":
        return `T05${where}replaylog:${history.now() === 0 ? "begin" : "end"};`;
    }
  }

  async function resume(wanted: Resume): Promise<string> {
    isInterrupted = false;
    stop = await target.resume(wanted, () => isInterrupted || isClosed, breathe);
    general = stop.thread;
    onStop?.();
    return stopText(stop);
  }

  /** A part of a text that is read piece by piece, as "OFFSET,LENGTH" says. */
  function part(text: string, range: string): string {
    const match = /^([0-9a-f]{1,8}),([0-9a-f]{1,8})$/.exec(range);
    if (match === null) return ERROR;
    const from = parseInt(match[1], 16);
    const piece = text.slice(from, from + Math.min(parseInt(match[2], 16), MOST_READ_BYTES));
    return `${from + piece.length < text.length ? "m" : "l"}${piece}`;
  }

  function threadsText(): string {
    const rows = threads.map(
      ({ id, name, partition }) =>
        `<thread id="${threadText(id)}" core="${plan.partitions[partition].core}" name="${xml(name)}">` +
        `${xml(stateOf(id))}</thread>`,
    );
    return `<?xml version="1.0"?>\n<threads>\n${rows.join("\n")}\n</threads>\n`;
  }

  function stateOf(id: ThreadId): string {
    const { threads: views } = session.kernel.view();
    const { core } = plan.partitions[target.partitionOf(id)];
    return `core ${core}, ${views.find((row) => row.id === id)?.state ?? ""}`;
  }

  function transfer(text: string): string {
    const [, object, annex, range] = /^qXfer:([a-z-]+):read:([^:]*):(.*)$/.exec(text) ?? [];
    if (object === "features" && annex === "target.xml") return part(TARGET_DESCRIPTION, range);
    if (object === "threads") return part(threadsText(), range);
    if (object !== "exec-file") return "";
    const thread = parseThread(annex === "" ? threadText(general) : `p${annex}`);
    const program = thread === null ? null : programOf(target.partitionOf(thread));
    return program === null ? ERROR : part(program, range);
  }

  function readMemory(text: string): string {
    const match = /^m([0-9a-f]{1,16}),([0-9a-f]{1,8})$/.exec(text);
    if (match === null) return ERROR;
    const sizeBytes = Math.min(parseInt(match[2], 16), MOST_READ_BYTES);
    const bytes = target.readMemory(target.partitionOf(general), BigInt(`0x${match[1]}`), sizeBytes);
    return bytes.length === 0 && sizeBytes > 0 ? ERROR : hexOf(bytes);
  }

  function writeMemory(text: string): string {
    const match = /^M([0-9a-f]{1,16}),([0-9a-f]{1,8}):([0-9a-f]*)$/i.exec(text);
    const bytes = match === null ? null : bytesOfHex(match[3]);
    if (match === null || bytes === null || bytes.length !== parseInt(match[2], 16)) return ERROR;
    return target.writeMemory(target.partitionOf(general), BigInt(`0x${match[1]}`), bytes) ? "OK" : ERROR;
  }

  function setPoint(text: string): string {
    const match = /^([zZ])([0-4]),([0-9a-f]{1,16}),([0-9a-f]{1,4})/.exec(text);
    if (match === null) return ERROR;
    const [, letter, type, address, size] = match;
    const partition = target.partitionOf(general);
    const at = BigInt(`0x${address}`);
    if (type === "0" || type === "1") return target.setBreakpoint(partition, at, letter === "Z") ? "OK" : ERROR;
    if (type !== "2") return "";
    return target.setWatchpoint(partition, at, parseInt(size, 16), letter === "Z") ? "OK" : ERROR;
  }

  function writeRegister(text: string): string {
    const match = /^P([0-9a-f]{1,4})=([0-9a-f]*)$/i.exec(text);
    const bytes = match === null ? null : bytesOfHex(match[2]);
    if (match === null || bytes === null || DEBUG_REGISTERS[parseInt(match[1], 16)] === undefined) return ERROR;
    target.setRegister(general, parseInt(match[1], 16), bytes);
    return "OK";
  }

  function writeRegisters(text: string): string {
    const bytes = bytesOfHex(text.slice(1));
    if (bytes === null) return ERROR;
    let at = 0;
    DEBUG_REGISTERS.forEach(({ sizeBytes }, register) => {
      if (at + sizeBytes <= bytes.length) target.setRegister(general, register, bytes.subarray(at, at + sizeBytes));
      at += sizeBytes;
    });
    return "OK";
  }

  /** The first action that names a thread to step decides; otherwise all go on. */
  async function resumeBy(text: string): Promise<string> {
    for (const action of text.slice("vCont;".length).split(";")) {
      const [, word, threadWord] = /^([csCS])(?:[0-9a-f]{2})?(?::(.*))?$/.exec(action) ?? [];
      if (word === undefined) return ERROR;
      if (word === "c" || word === "C") continue;
      const thread = threadWord === undefined ? general : parseThread(threadWord);
      return thread === null ? ERROR : resume({ step: thread, direction: "forward" });
    }
    return resume({ step: null, direction: "forward" });
  }

  function choose(text: string): string {
    const thread = parseThread(text.slice(2));
    if (thread === null) return ERROR;
    general = thread;
    return "OK";
  }

  function monitor(text: string): string {
    const bytes = bytesOfHex(text);
    if (bytes === null) return ERROR;
    const answer = `${runMonitorCommand(target, new TextDecoder().decode(bytes))}\n`;
    for (let at = 0; at < answer.length; at += MONITOR_PART_BYTES)
      reply(`O${hexOfText(answer.slice(at, at + MONITOR_PART_BYTES))}`);
    return "OK";
  }

  async function answer(text: string): Promise<string> {
    const word = /^(?:q[A-Za-z]+|Q[A-Za-z]+|v[A-Za-z]+|b[cs]|.)/.exec(text)?.[0] ?? "";
    switch (word) {
      case "qSupported":
        return FEATURES;
      case "QStartNoAckMode":
        return "OK";
      case "qXfer":
        return transfer(text);
      case "qAttached":
        return "1";
      case "qC":
        return `QC${threadText(general)}`;
      case "qfThreadInfo":
        return `m${threads.map(({ id }) => threadText(id)).join(",")}`;
      case "qsThreadInfo":
        return "l";
      case "qThreadExtraInfo": {
        const thread = parseThread(text.slice("qThreadExtraInfo,".length));
        return thread === null ? ERROR : hexOfText(`${threads[thread].name}, ${stateOf(thread)}`);
      }
      case "qRcmd":
        return monitor(text.slice("qRcmd,".length));
      case "?":
        return stopText(stop);
      case "H":
        return choose(text);
      case "T":
        return parseThread(text.slice(1)) === null ? ERROR : "OK";
      case "g":
        return target.registers(general).map(hexOf).join("");
      case "G":
        return writeRegisters(text);
      case "p": {
        const bytes = target.registers(general)[parseInt(text.slice(1), 16)];
        return bytes === undefined ? ERROR : hexOf(bytes);
      }
      case "P":
        return writeRegister(text);
      case "m":
        return readMemory(text);
      case "M":
        return writeMemory(text);
      case "z":
      case "Z":
        return setPoint(text);
      case "vCont":
        return text === "vCont?" ? "vCont;c;C;s;S" : resumeBy(text);
      case "c":
        return resume({ step: null, direction: "forward" });
      case "s":
        return resume({ step: general, direction: "forward" });
      case "bc":
        return resume({ step: null, direction: "back" });
      case "bs":
        return resume({ step: general, direction: "back" });
      case "D":
      case "vKill":
        return "OK";
      default:
        return "";
    }
  }

  function reply(text: string): void {
    if (isClosed) return;
    last = packetOf(text);
    send(last);
  }

  /** Packets are answered one after the other, also while one takes its time. */
  async function work(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    const next = (): string | undefined => (isClosed ? undefined : waiting.shift());
    for (let text = next(); text !== undefined; text = next()) {
      if (text !== "k") reply(await answer(text));
      if (text === "QStartNoAckMode") hasAcks = false;
      // Detaching from one process leaves the others.
      if (text === "k" || text === "D" || text.startsWith("vKill")) return finish();
    }
    isBusy = false;
  }

  return {
    receive(bytes) {
      for (const arrival of reader.push(bytes)) {
        if (arrival.kind === "interrupt") isInterrupted = true;
        else if (arrival.kind === "nack") send(last);
        else if (arrival.kind === "broken" && hasAcks) send(Uint8Array.of(0x2d));
        else if (arrival.kind === "packet") {
          if (hasAcks) send(Uint8Array.of(0x2b));
          if (waiting.length < 64) waiting.push(arrival.text);
        }
      }
      void work();
    },
    done,
    close() {
      isClosed = true;
      finish();
    },
  };
}

function xml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
