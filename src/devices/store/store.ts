/**
 * A store: a block device. Its partition calls it; many requests may be under way, and each is answered after the
 * latency of its kind, a time of the system that nothing of the host changes.
 *
 * Requests take effect in their order: a read sees each write before it. How far they are on the disk is another
 * matter: a write is there for sure once a flush has been answered that came after it. A flush is answered after all
 * requests before it, and only once the medium has done its own.
 */
import { StoreStatus } from "../../abi/index.js";
import { putReplies, takeRequests } from "../../ipc/index.js";
import { NEVER, type Cycles } from "../../units.js";
import type { Device, DeviceHost } from "../device.js";
import type { DeviceOptions, ValuesOf } from "../options.js";
import { copyDisk, createDiskState, readDisk, settleDisk, writeDisk, type DiskState } from "./disk.js";
import { readRequest, writeReply, type StoreShape, type StoreTask } from "./requests.js";

const KIB = 1024;
const GIB = KIB ** 3;

export const STORE_OPTIONS = {
  file: {
    type: "path",
    default: null,
    meaning:
      "Where its sectors lie, relative to the folder of the description; without it, in memory, all zeros at first.",
  },
  size: {
    type: "size",
    least: 4 * KIB,
    most: 64 * GIB,
    multiple: 4 * KIB,
    default: 16 * KIB * KIB,
    meaning: "How much it holds. The file has at least as much.",
  },
  sector: {
    type: "size",
    least: 512,
    most: 4 * KIB,
    multiple: 512,
    default: 512,
    meaning: "What is read and written at least, and whole unless the power goes.",
  },
  create: {
    type: "flag",
    default: false,
    meaning: "Makes the file, all zeros, where there is none.",
  },
  writes: {
    type: "word",
    words: ["file", "memory", "refuse"],
    default: "file",
    meaning: "`file`: they reach the file. `memory`: they last as long as the run. `refuse`: there are none.",
  },
  // Reading and writing: the data sheet of a Samsung 990 PRO, 4 KiB at a queue depth of 1: 22,000 and 80,000 a second.
  read_latency: { type: "time", default: 45e-6, meaning: "From a read to its reply." },
  write_latency: { type: "time", default: 12.5e-6, meaning: "From a write, or a discard, to its reply." },
  // The same disk, by Mark Callaghan, "SSDs, power loss protection and fsync latency" (2026): 0.89 ms after 16 KiB.
  flush_latency: { type: "time", default: 890e-6, meaning: "From a flush to its reply, if the host is done by then." },
} as const satisfies DeviceOptions;

interface Answer {
  readonly dueAt: Cycles;
  readonly head: Uint8Array;
  /** The reply; null for a flush, which is not done before it is answered. */
  readonly message: Uint8Array | null;
  /** Of a flush: the last operation that it covers. */
  readonly covers: number;
}

export interface StoreState {
  readonly disk: DiskState;
  /** Sorted by `dueAt`; those with the same in the order in which they were taken. */
  readonly answers: Answer[];
}

const NO_DATA = new Uint8Array(0);

export function createStore(
  { memory, now, name, outlets }: Pick<DeviceHost, "memory" | "now" | "name" | "outlets">,
  options: ValuesOf<typeof STORE_OPTIONS>,
): Device<StoreState> {
  const medium = outlets.mediumOf(name);
  const shape: StoreShape = {
    sectorBytes: options.sector,
    sectorCount: Math.floor(options.size / options.sector),
  };
  let state: StoreState = { disk: createDiskState(), answers: [] };

  /** Does what can be done at once: status and data of the reply. */
  function perform(task: Exclude<StoreTask, { kind: "flush" }>): readonly [StoreStatus, Uint8Array] {
    const { disk } = state;
    if (task.kind === "describe") return [StoreStatus.Done, NO_DATA];
    if (task.kind === "read") return [StoreStatus.Done, readDisk(disk, medium, task.at, task.sizeBytes)];
    const bytes = task.kind === "write" ? task.bytes : new Uint8Array(task.sizeBytes);
    const status = medium.write(++disk.operations, task.at, bytes);
    if (status === StoreStatus.Done) writeDisk(disk, medium, task.at, bytes);
    return [status, NO_DATA];
  }

  function latencyOf({ kind }: StoreTask): Cycles {
    if (kind === "describe") return 0;
    if (kind === "flush") return options.flush_latency;
    return kind === "read" ? options.read_latency : options.write_latency;
  }

  function take(at: Cycles, head: Uint8Array, request: Uint8Array, replyBytes: number): Answer {
    const task = readRequest(shape, request, replyBytes);
    if (typeof task === "number") return { dueAt: at, head, message: writeReply(shape, task, NO_DATA), covers: 0 };
    const dueAt = at + latencyOf(task);
    if (task.kind !== "flush") return { dueAt, head, message: writeReply(shape, ...perform(task)), covers: 0 };
    const last = state.answers.at(-1)?.dueAt ?? 0;
    return { dueAt: Math.max(dueAt, last), head, message: null, covers: ++state.disk.operations };
  }

  function schedule(answer: Answer): void {
    const index = state.answers.findIndex(({ dueAt }) => dueAt > answer.dueAt);
    state.answers.splice(index < 0 ? state.answers.length : index, 0, answer);
  }

  /** The reply to a request, now. */
  function complete({ message, covers }: Answer): Uint8Array {
    if (message !== null) return message;
    const status = medium.flush(covers);
    // mutant flush-is-no-barrier:
    if (status === StoreStatus.Done) settleDisk(state.disk, covers);
    return writeReply(shape, status, NO_DATA);
  }

  return {
    doorbell: (core, end) =>
      takeRequests(memory, end.shape, end.link, state.answers.length, ({ head, message }) => {
        schedule(take(now(core), head, message, end.shape.replyBytes));
      }),
    inject: () => "quiet",
    alarm: {
      dueAt: () => state.answers.at(0)?.dueAt ?? NEVER,
      ring(core, end) {
        const at = now(core);
        const waiting = state.answers.findIndex(({ dueAt }) => dueAt > at);
        const due = state.answers.splice(0, waiting < 0 ? state.answers.length : waiting);
        const replies = due.map((answer) => ({ head: answer.head, message: complete(answer) }));
        return putReplies(memory, end.shape, end.link, replies) ? "ring" : "quiet";
      },
    },
    reset() {
      state.answers.length = 0;
    },
    save: () => state,
    copy: ({ disk, answers }) => ({ disk: copyDisk(disk), answers: [...answers] }),
    restore(saved) {
      state = saved;
    },
  };
}
