/**
 * A system as a debugger sees it: partitions with threads, registers, memory, break- and watchpoints, and time that
 * goes both ways. No protocol here (server.ts) and no sockets (host/debug-port.ts).
 *
 * The system runs in its history in short pieces. A watcher hears each instruction and notes what is waited for; when
 * something was found in a piece, the history goes to where the first of it, or the last, happened. So looking has no
 * effect on the system: it takes the way that it would have taken. Only what the user writes changes it, and begins
 * another future.
 */
import type { MachineHal } from "../hal/index.js";
import type { SystemPlan } from "../kernel/index.js";
import { createHistory, createSession, type History, type Session, type SessionOptions } from "../system/index.js";
import { END_OF_TIME, PAGE_SIZE_BYTES, type Cycles, type PartitionId, type ThreadId } from "../units.js";
import { DEBUG_REGISTERS, registerBytes } from "./registers.js";
import { createWatcher, type Hit, type Spot, type Watched } from "./watcher.js";

/** Why the system stands still. */
export interface Stop {
  readonly kind:
    | Hit["kind"]
    /** Somebody asked. */
    | "interrupt"
    /** The start, going back; going forward, the end of the time that was given, or nothing can happen any more. */
    | "end";
  readonly thread: ThreadId;
  /** Of the watched memory that has changed. */
  readonly address: number;
}

export interface Resume {
  /** Whose next or last instruction is waited for; null for none. */
  readonly step: ThreadId | null;
  readonly direction: "forward" | "back";
}

export interface DebugTarget {
  readonly history: History;
  readonly plan: SystemPlan;
  /** Goes on until something is waited for happens, or `isInterrupted`; `breathe` after each piece. */
  resume(resume: Resume, isInterrupted: () => boolean, breathe: () => Promise<void>): Promise<Stop>;
  goTo(cycle: Cycles): void;
  /** The thread that stopped last. */
  thread(): ThreadId;
  partitionOf(thread: ThreadId): PartitionId;
  /** All registers in the order of DEBUG_REGISTERS. */
  registers(thread: ThreadId): Uint8Array[];
  setRegister(thread: ThreadId, register: number, bytes: Uint8Array): void;
  /** As much as is mapped, from the address on; empty where nothing is. */
  readMemory(partition: PartitionId, address: bigint, sizeBytes: number): Uint8Array;
  /** False, and nothing is written, where not all of it is mapped. */
  writeMemory(partition: PartitionId, address: bigint, bytes: Uint8Array): boolean;
  setBreakpoint(partition: PartitionId, address: bigint, isSet: boolean): boolean;
  setWatchpoint(partition: PartitionId, address: bigint, sizeBytes: number, isSet: boolean): boolean;
}

export interface DebugTargetOptions {
  readonly plan: SystemPlan;
  readonly session?: Omit<SessionOptions, "onBegin" | "onRetire" | "engine">;
  /** Where going forward ends. */
  readonly untilCycles?: Cycles;
}

const MOST_BREAKPOINTS = 1000;
const MOST_WATCHPOINTS = 64;
const MOST_WATCHED_BYTES = 4096;
/** Canonical addresses above are nobody's. */
const ADDRESS_LIMIT = 0x8000_0000_0000n;
const FIRST_PIECE_CYCLES = 64;
const PIECE_GROWTH = 4;
/** Longest piece, in pieces a second of virtual time. */
const PIECES_A_SECOND = 50;
/** How far before the present moments are kept when somebody goes back: the next step back will be near. */
const NEAR_CYCLES = [1_048_576, 65_536, 4096, 256, 16];

export function createDebugTarget({
  plan,
  session: options,
  untilCycles = END_OF_TIME,
}: DebugTargetOptions): DebugTarget {
  const watcher = createWatcher();
  const session: Session = createSession(plan, {
    ...options,
    engine: "reference",
    onBegin: watcher.onBegin,
    onRetire: watcher.onRetire,
  });
  const { state } = session.hal.machine;
  const hal: MachineHal = session.hal;
  const history = createHistory(session);
  const threads = plan.partitions.flatMap(({ id, threads: rows }) => rows.map((row) => ({ ...row, partition: id })));
  const longestPiece = Math.max(FIRST_PIECE_CYCLES, Math.ceil(plan.machine.frequencyHz / PIECES_A_SECOND));
  const breakpoints = plan.partitions.map(() => new Set<bigint>());
  let watched: Watched[] = [];
  let thread: ThreadId = threads[0].id;
  let spot: Spot = { at: history.now(), core: -1 };

  const contextOf = (id: ThreadId): number => session.kernel.state.threads[id].context;

  function threadOf(context: number): ThreadId {
    const found = session.kernel.state.threads.findIndex((row) => row.context === context);
    return found < 0 ? thread : found;
  }

  function arm(step: ThreadId | null, order: "first" | "last"): void {
    watcher.arm(state, { breakpoints, watched, stepping: step === null ? -1 : contextOf(step), order, spot });
  }

  function stopAt(hit: Hit, at: Cycles): Stop {
    history.goTo(at);
    spot = { at, core: hit.spot.core };
    thread = threadOf(hit.context);
    return { kind: hit.kind, thread, address: hit.address };
  }

  function stopHere(kind: "interrupt" | "end"): Stop {
    spot = { at: history.now(), core: -1 };
    return { kind, thread, address: 0 };
  }

  /** Runs on in pieces that grow, until one has a hit. */
  async function goForward(
    { step }: Resume,
    isInterrupted: () => boolean,
    breathe: () => Promise<void>,
  ): Promise<Stop> {
    for (let piece = FIRST_PIECE_CYCLES; ; piece = Math.min(longestPiece, PIECE_GROWTH * piece)) {
      const from = history.now();
      if (from >= untilCycles) return stopHere("end");
      history.keepHere();
      arm(step, "first");
      const end = history.run({ until: Math.min(untilCycles, from + piece) });
      const hit = watcher.disarm();
      if (hit !== null) return stopAt(hit, hit.spot.at);
      if (end === "quiet" || end === "end of time") return stopHere("end");
      if (piece === longestPiece) await breathe();
      if (isInterrupted()) return stopHere("interrupt");
    }
  }

  /** Runs pieces of the past again, the latest first, until one has a hit. */
  async function goBack({ step }: Resume, isInterrupted: () => boolean, breathe: () => Promise<void>): Promise<Stop> {
    const now = history.now();
    keepNear(now);
    // What other cores do at the cycle itself comes before it, too, when their numbers are smaller.
    let to = spot.core > 0 ? now + 1 : now;
    for (;;) {
      const from = history.keptBefore(Math.min(to, now) - 1);
      if (from === null) {
        history.goTo(0);
        return stopHere("end");
      }
      history.goTo(from);
      arm(step, "last");
      // Not goTo: it would take the shortest way.
      history.run({ until: to });
      const hit = watcher.disarm();
      if (hit !== null) return stopAt(hit, hit.began);
      to = from;
      await breathe();
      if (isInterrupted()) {
        history.goTo(to);
        return stopHere("interrupt");
      }
    }
  }

  function keepNear(now: Cycles): void {
    for (const distance of NEAR_CYCLES) {
      const kept = history.keptBefore(now - 1);
      if (kept === null || now - kept <= PIECE_GROWTH * PIECE_GROWTH * distance) continue;
      history.goTo(now - distance);
      history.keepHere();
    }
  }

  /** Calls back with the pages of a range: where each part lies in RAM, or -1. False ends it. */
  function eachPart(
    partition: PartitionId,
    address: bigint,
    sizeBytes: number,
    visit: (physical: number, offset: number, partBytes: number) => boolean,
  ): void {
    for (let done = 0; done < sizeBytes;) {
      const at = address + BigInt(done);
      if (at < 0n || at >= ADDRESS_LIMIT) return void visit(-1, done, 0);
      const inPage = Number(at % BigInt(PAGE_SIZE_BYTES));
      const partBytes = Math.min(sizeBytes - done, PAGE_SIZE_BYTES - inPage);
      if (!visit(hal.physicalAddress(partition, Number(at)), done, partBytes)) return;
      done += partBytes;
    }
  }

  return {
    history,
    plan,
    resume: (resume, isInterrupted, breathe) =>
      resume.direction === "forward"
        ? goForward(resume, isInterrupted, breathe)
        : goBack(resume, isInterrupted, breathe),
    goTo(cycle) {
      history.goTo(cycle);
      spot = { at: cycle, core: -1 };
    },
    thread: () => thread,
    partitionOf: (id) => threads[id].partition,
    registers(id) {
      const context = hal.contextBytes(contextOf(id));
      return DEBUG_REGISTERS.map((register) => registerBytes(register, context));
    },
    setRegister(id, register, bytes) {
      const { at, sizeBytes } = DEBUG_REGISTERS[register];
      if (at === null || bytes.length !== sizeBytes) return;
      const context = hal.contextBytes(contextOf(id));
      if (bytes.every((byte, i) => byte === context[at + i])) return;
      context.set(bytes, at);
      hal.setContextBytes(contextOf(id), context);
      history.branch();
    },
    readMemory(partition, address, sizeBytes) {
      const parts: Uint8Array[] = [];
      eachPart(partition, address, sizeBytes, (physical, _, partBytes) => {
        if (physical >= 0) parts.push(hal.readPhysical(physical, partBytes));
        return physical >= 0;
      });
      const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
      let end = 0;
      for (const part of parts) {
        bytes.set(part, end);
        end += part.length;
      }
      return bytes;
    },
    writeMemory(partition, address, bytes) {
      let mapped = 0;
      eachPart(partition, address, bytes.length, (physical, _, partBytes) => {
        if (physical >= 0) mapped += partBytes;
        return physical >= 0;
      });
      if (mapped < bytes.length) return false;
      eachPart(partition, address, bytes.length, (physical, offset, partBytes) => {
        hal.writePhysical(physical, bytes.subarray(offset, offset + partBytes));
        return true;
      });
      history.branch();
      return true;
    },
    setBreakpoint(partition, address, isSet) {
      const set = breakpoints[partition];
      if (set === undefined || (isSet && set.size >= MOST_BREAKPOINTS)) return false;
      if (isSet) set.add(address);
      else set.delete(address);
      return true;
    },
    setWatchpoint(partition, address, sizeBytes, isSet) {
      const isThis = (row: Watched): boolean =>
        row.partition === partition && row.sizeBytes === sizeBytes && BigInt(row.address) === address;
      watched = watched.filter((row) => !isThis(row));
      if (!isSet) return true;
      if (address < 0n || address >= ADDRESS_LIMIT || sizeBytes < 1 || sizeBytes > MOST_WATCHED_BYTES) return false;
      const at = Number(address);
      const physical = hal.physicalAddress(partition, at);
      const isInPage = (at % PAGE_SIZE_BYTES) + sizeBytes <= PAGE_SIZE_BYTES;
      if (physical < 0 || !isInPage || watched.length >= MOST_WATCHPOINTS) return false;
      watched.push({ partition, address: at, sizeBytes, physical });
      return true;
    },
  };
}
