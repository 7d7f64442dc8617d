/**
 * `hallows boot --watch`: builds the programs whose sources lie beside them, boots the system in a process of its own,
 * and does both again whenever a file in their folders changes.
 *
 * Invariant: one system runs at a time, and none while its programs do not compile.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { type FSWatcher, watch as watchFolder } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigError } from "../errors.js";
import { buildStale, findSources } from "./build-programs.js";
import type { Environment } from "./environment.js";

/** Editors write a file in several steps. */
const SETTLE_MILLISECONDS = 100;
const WATCHED = /\.(?:toml|c|h|rs)$/;

/** Returns the exit code: of the system that its user quits on a terminal, or of the interruption. */
export async function bootAndWatch(
  path: string | undefined,
  words: readonly string[],
  environment: Environment,
): Promise<number> {
  const { output, interrupts } = environment;
  if (path === undefined)
    throw new ConfigError(
      { file: "--watch", line: 0, column: 0 },
      "needs a description",
      "Name one: boot --watch system.toml",
    );
  const description = path;
  interrupts.watch();
  const watchers = new Map<string, FSWatcher>();
  let changed: (() => void) | null = null;
  const nextChange = (): Promise<void> => new Promise((settle) => (changed = settle));
  const follow = (folder: string): void => {
    if (watchers.has(folder)) return;
    const watcher = watchFolder(folder, (_, name) => {
      if (name === null || WATCHED.test(name)) changed?.();
    });
    watcher.on("error", () => undefined);
    watchers.set(folder, watcher);
  };
  const isInterrupted = async (): Promise<void> => {
    while (!interrupts.isInterrupted()) await pause(SETTLE_MILLISECONDS);
  };
  const interruption = isInterrupted();
  try {
    for (;;) {
      const change = nextChange();
      const sources = findSources(description);
      for (const path of [description, ...sources.map(({ source }) => source)]) follow(dirname(resolve(path)));
      const system = build(description, environment) ? start(words) : null;
      const end = await Promise.race([change.then(() => null), interruption.then(() => null), ended(system)]);
      if (end !== null && environment.isInteractive()) return end;
      if (end !== null && !interrupts.isInterrupted()) {
        output.say(output.sayStyle.dim("waiting for a file to change; Ctrl-C ends"));
        await Promise.race([change, interruption]);
      }
      await stop(system);
      if (interrupts.isInterrupted()) return interrupts.exitCode();
      await pause(SETTLE_MILLISECONDS);
      output.say(output.sayStyle.dim("a file has changed"));
    }
  } finally {
    for (const watcher of watchers.values()) watcher.close();
  }
}

/** False when something does not compile, or a compiler is missing: both have been told. */
function build(description: string, environment: Environment): boolean {
  try {
    return buildStale(findSources(description), environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    environment.output.say(`${environment.output.sayStyle.bad("hallows")}: ${error.message}`);
    return false;
  }
}

function start(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [process.argv[1], ...words], { stdio: "inherit" });
}

/** The exit code; never, where nothing runs. */
function ended(system: ChildProcess | null): Promise<number> {
  return new Promise((settle) => system?.once("exit", (code) => settle(code ?? 1)));
}

async function stop(system: ChildProcess | null): Promise<void> {
  if (system === null || system.exitCode !== null || system.signalCode !== null) return;
  const end = ended(system);
  system.kill("SIGTERM");
  await end;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((settle) => setTimeout(settle, milliseconds).unref());
}
