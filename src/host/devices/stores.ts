/**
 * The stores of a system on the host: their files, which lie in the folder of the description unless the command line
 * allows others, and the loss of power that it may ask for.
 */
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import {
  cutPower,
  createMemoryMedium,
  type DeviceOutlets,
  type DiskState,
  type StoreMedium,
} from "../../devices/index.js";
import type { DevicePlan, SystemPlan } from "../../kernel/index.js";
import type { Session } from "../../system/running.js";
import type { RecordEnd } from "../record/record.js";
import type { StoreContents } from "../record/recorder.js";
import { fileProblem } from "../file-error.js";
import { openStoreFile, type StoreFile, type StoreFileOptions } from "./store-file.js";

export interface PowerCutOptions {
  readonly seed: number;
  /** After as many writes of all stores; null: when the run ends. */
  readonly atWrite: number | null;
  /** Whether sectors may be torn within. */
  readonly torn: boolean;
}

export interface StoresOptions {
  /** Of the description or image. */
  readonly folder: string;
  /** Files, and folders of files, that stores may lie in besides. */
  readonly allowed?: readonly string[];
  /** Whatever the description says: for runs that must leave no trace. */
  readonly writes?: "memory";
  readonly powerCut?: PowerCutOptions | null;
}

export interface Stores {
  readonly outlets: Pick<DeviceOutlets, "mediumOf">;
  /** SHA-256 of the first contents of each store with a file, by its name. */
  digests(): ReadonlyMap<string, string>;
  /** What each store with a file held at first. */
  contents(): readonly StoreContents[];
  /** What the host refused of each store's operations, by their numbers. */
  refusals(): RecordEnd["refusals"];
  /** The session is there. It is stopped at the write at which the power goes. */
  watch(session: Session): void;
  /** Whether that write has come. */
  isCut(): boolean;
  /** The run is over: the power goes, if it was to. Sentences about what that did. Throws ConfigError. */
  finish(session: Session): readonly string[];
  close(): void;
}

interface OpenStore {
  readonly plan: DevicePlan;
  readonly file: StoreFile;
  readonly isWritten: boolean;
}

/** Throws ConfigError. */
export function openStores({ devices }: SystemPlan, options: StoresOptions): Stores {
  const { powerCut = null } = options;
  const stores: OpenStore[] = [];
  let watched: Session | null = null;
  let writes = 0;
  /** The disks at the moment at which the power went, by name. What one core's turn still did after it is lost. */
  let cut: ReadonlyMap<string, DiskState> | null = null;
  const isCut = (): boolean => writes === powerCut?.atWrite;
  const disksOf = (session: Session): ReadonlyMap<string, DiskState> =>
    new Map(stores.map(({ plan }) => [plan.name, session.disk(plan.name)]));

  function close(): void {
    for (const { file } of stores) file.close();
  }

  try {
    for (const plan of devices) {
      const { file, size, create, writes: where } = plan.options;
      if (plan.kind !== "store" || typeof file !== "string") continue;
      const kept = options.writes ?? (where as StoreFileOptions["writes"]);
      const path = findFile(file, options);
      // A file that would be made would be a trace; in memory there are zeros, too.
      if (options.writes === "memory" && create === true && !existsSync(path)) continue;
      const opened = openStoreFile(path, { sizeBytes: Number(size), create: create === true, writes: kept });
      stores.push({ plan, file: opened, isWritten: kept === "file" });
    }
  } catch (error) {
    close();
    throw error;
  }

  /** Counts the writes of a run, and stops it at the one that was asked for. */
  function counting(file: StoreFile): StoreMedium {
    let last = 0;
    function lookAtCut(): void {
      if (isCut() && cut === null && watched !== null) cut = disksOf(watched);
    }
    return {
      readFirst: file.readFirst,
      flush(number) {
        lookAtCut();
        return file.flush(number);
      },
      write(number, at, bytes) {
        lookAtCut();
        if (number > last && !isCut()) {
          last = number;
          writes++;
          if (isCut()) watched?.stop();
        }
        return file.write(number, at, bytes);
      },
    };
  }

  return {
    outlets: {
      mediumOf(name) {
        const store = stores.find(({ plan }) => plan.name === name);
        if (store === undefined) return createMemoryMedium();
        return powerCut === null ? store.file : counting(store.file);
      },
    },
    contents: () =>
      stores.map(({ plan, file }) => ({
        name: plan.name,
        sizeBytes: Number(plan.options.size),
        sha256: file.digest(),
        readFirst: file.readFirst,
      })),
    refusals: () => stores.map(({ plan, file }) => ({ store: plan.name, operations: [...file.failures()] })),
    digests: () => new Map(stores.map(({ plan, file }) => [plan.name, file.digest()])),
    watch(session) {
      watched = session;
    },
    isCut,
    finish(session) {
      const disks = cut ?? disksOf(session);
      return stores.flatMap((store) => finishStore(store, disks.get(store.plan.name), powerCut, writes));
    },
    close,
  };
}

function finishStore(
  { plan: { name, options }, file, isWritten }: OpenStore,
  disk: DiskState | undefined,
  powerCut: PowerCutOptions | null,
  writes: number,
): string[] {
  const shown = basename(file.path);
  if (file.hasDiverged())
    return [`store ${name}: the run was put back and took another course; ${shown} ends where it did so`];
  if (powerCut === null || disk === undefined) return [];
  const { seed, torn } = powerCut;
  if (isWritten) file.replace(cutPower(disk, file, { seed, sectorBytes: Number(options.sector), torn }));
  const open = `${disk.volatile.length} write${disk.volatile.length === 1 ? "" : "s"}`;
  const left = isWritten ? `${shown} is what is left by seed ${seed}` : `${shown} is as it was: it is not written`;
  return [`store ${name}: the power went after write ${writes}, and no flush covers ${open}; ${left}`];
}

/** Where a store's file lies, if it may lie there. Links lead where they lead. Throws ConfigError. */
function findFile(file: string, { folder, allowed = [] }: StoresOptions): string {
  const path = resolve(folder, file);
  const places = [folder, ...allowed].map((place) => realPath(resolve(place)));
  if (places.some((place) => isWithin(realPath(path), place))) return path;
  throw fileProblem(
    path,
    "is outside of the description's folder",
    `Allow it: --allow-file ${path} (or a folder that it is in).`,
  );
}

/** Of a file that need not be there. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  return folder === path ? path : join(realPath(folder), basename(path));
}

function isWithin(path: string, place: string): boolean {
  const way = relative(place, path);
  return way === "" || (!way.startsWith("..") && !isAbsolute(way));
}
