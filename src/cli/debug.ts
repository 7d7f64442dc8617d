/**
 * `hallows debug`: a system that waits for gdb, over a port of this host or stdin and stdout. Returns when gdb has
 * left.
 */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createDebugServer, createDebugTarget } from "../debug/index.js";
import { breathe } from "../host/clock.js";
import { openDebugPort, type ByteLine } from "../host/debug-port.js";
import { createLineSplitter } from "../host/safe-text.js";
import { openStores } from "../host/devices/stores.js";
import { loadSystemFile } from "../host/system-file.js";
import { isElf } from "../partitions/index.js";
import type { SystemPlan } from "../kernel/index.js";
import { type Duration, type History, planForProgram } from "../system/index.js";
import { EventKind, type TraceEvent } from "../trace/index.js";
import type { Environment } from "./environment.js";
import { bytesOf } from "./headless.js";
import { limitCycles } from "./options.js";
import { sayWarning } from "./output.js";

export interface DebugOptions {
  readonly port: number;
  readonly stdio?: boolean;
  readonly for?: Duration;
  readonly seed?: number;
  readonly allowFile?: readonly string[];
}

/** Between two looks at signals while nobody has come. */
const WAIT_MILLISECONDS = 100;

/** Returns the exit code. */
export async function debug(path: string, options: DebugOptions, environment: Environment): Promise<number> {
  const { files, interrupts, output } = environment;
  interrupts.watch();
  const bytes = files.readWhole(path);
  let plan: SystemPlan;
  if (isElf(bytes)) plan = planForProgram(bytes, path, { seed: options.seed });
  else {
    const loaded = loadSystemFile(files, path, { seed: options.seed });
    for (const warning of loaded.warnings) sayWarning(output, warning);
    plan = loaded.plan;
  }
  const stores = openStores(plan, { folder: dirname(path), allowed: options.allowFile, powerCut: null });
  const target = createDebugTarget({
    plan,
    session: { outlets: stores.outlets },
    untilCycles: options.for === undefined ? undefined : limitCycles(options.for, plan.machine.frequencyHz),
  });
  const consoles = openConsoles(target.history, environment);
  const line = options.stdio === true ? standardLine(environment) : await waitForClient(options.port, environment);
  if (line === null) return interrupts.exitCode();
  const server = createDebugServer({
    target,
    send: line.send,
    programOf(partition) {
      const { program } = plan.partitions[partition];
      const file = isElf(bytes) ? resolve(path) : resolve(dirname(path), program);
      return existsSync(file) ? file : null;
    },
    breathe,
    onStop: consoles.flush,
  });
  line.onBytes(server.receive);
  line.onEnd(server.close);
  const watch = setInterval(() => {
    if (interrupts.isInterrupted()) server.close();
  }, WAIT_MILLISECONDS);
  await server.done;
  clearInterval(watch);
  line.close();
  stores.close();
  return interrupts.isInterrupted() ? interrupts.exitCode() : 0;
}

/** Null: an interrupt came first. */
async function waitForClient(port: number, { output, interrupts }: Environment): Promise<ByteLine | null> {
  const listener = await openDebugPort(port);
  output.say(`waiting for gdb: target extended-remote :${listener.port}`);
  const line = await new Promise<ByteLine | null>((done) => {
    const watch = setInterval(() => {
      if (interrupts.isInterrupted()) end(null);
    }, WAIT_MILLISECONDS);
    const end = (client: ByteLine | null): void => {
      clearInterval(watch);
      done(client);
    };
    void listener.client.then(end);
  });
  listener.close();
  return line;
}

function standardLine({ output, openInput }: Environment): ByteLine {
  const input = openInput();
  return {
    send: output.resultBytes,
    onBytes: (listener) => void input.on("data", listener),
    onEnd: (listener) => void input.on("end", listener),
    close: () => input.destroy(),
  };
}

/**
 * Lines of consoles to stderr, up to where the system stands: pieces of the run may have gone further, and come again.
 */
function openConsoles({ session, now, isRepeating }: History, { output }: Environment): { flush(): void } {
  const { plan, trace } = session;
  let waiting: TraceEvent[] = [];
  const splitters = plan.partitions.map(({ name }) => createLineSplitter((line) => output.say(`${name} | ${line}`)));
  trace.subscribe((event) => void (isRepeating() || waiting.push(event)), [EventKind.Console]);
  return {
    flush() {
      const due = waiting.filter(({ cycle }) => cycle < now());
      waiting = waiting.filter(({ cycle }) => cycle >= now());
      due.sort((a, b) => a.cycle - b.cycle || a.core - b.core);
      for (const { partition, text } of due) splitters[partition].push(bytesOf(text));
    },
  };
}
