import { readdirSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SOURCE = fileURLToPath(new URL("../src", import.meta.url));

/** What each folder of src/ may import besides itself. Shared by all: the files at the root, abi and trace. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  abi: [],
  trace: [],
  machine: [],
  hal: ["machine"],
  scheduler: ["hal"],
  ipc: ["hal"],
  devices: ["hal", "ipc"],
  kernel: ["hal", "scheduler", "ipc", "devices"],
  partitions: ["kernel", "devices", "scheduler", "ipc", "hal", "machine"],
  system: ["partitions", "kernel", "devices", "scheduler", "ipc", "hal", "machine"],
  parseltongue: ["system", "machine"],
  lab: ["system", "partitions", "kernel", "devices", "scheduler", "ipc", "hal", "machine"],
  bench: ["system", "partitions", "kernel", "devices", "scheduler", "ipc", "hal", "machine"],
  debug: ["system", "partitions", "kernel", "devices", "scheduler", "ipc", "hal", "machine"],
  host: ["lab", "system", "partitions", "kernel", "devices", "scheduler", "ipc", "hal", "machine"],
  tui: ["host", "system", "partitions", "kernel", "devices", "scheduler", "ipc", "hal", "machine"],
  cli: [
    "debug",
    "parseltongue",
    "lab",
    "bench",
    "tui",
    "host",
    "system",
    "partitions",
    "kernel",
    "devices",
    "scheduler",
    "ipc",
    "hal",
    "machine",
  ],
};
const HOST_FOLDERS = new Set(["host", "tui", "cli"]);
/** Folders that every folder may import; they import the shared files at the root alone. */
const SHARED_FOLDERS = new Set(["abi", "trace"]);
/** The shared files at the root of src/: they import each other only. index.ts is the library's front door. */
const ROOT_FILES = new Set(["units.ts", "errors.ts", "vocabulary.ts", "hex.ts"]);

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly specifier: string;
  /** Folder of src/ that it leads to; "" for a root file; null for a package. */
  readonly target: string | null;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : path.endsWith(".ts") ? [path] : [];
  });
}

function folderOf(path: string): string {
  const parts = relative(SOURCE, path).split("/");
  return parts.length === 1 ? "" : parts[0];
}

const imports: Import[] = filesBelow(SOURCE).flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, specifier]) => ({
    file: relative(SOURCE, file),
    folder: folderOf(file),
    specifier,
    target: specifier.startsWith(".") ? folderOf(join(dirname(file), specifier)) : null,
  })),
);

/** Rooms of the translating engine: each imports those before it only. */
const ENGINE_ROOMS = ["assembler", "routines", "plan", "emit", "template", "run"];

function engineRoomOf(path: string): number {
  const [, room] = /^machine\/engine\/wasm\/(\w+)\//.exec(path) ?? [];
  return room === undefined ? -1 : ENGINE_ROOMS.indexOf(room);
}

/** By file, the files of src/ that it imports, be it for a type alone. */
function importGraph(): ReadonlyMap<string, readonly string[]> {
  const graph = new Map<string, string[]>(filesBelow(SOURCE).map((file) => [relative(SOURCE, file), []]));
  for (const { file, specifier } of imports)
    if (specifier.startsWith(".")) graph.get(file)?.push(join(dirname(file), specifier).replace(/\.js$/, ".ts"));
  return graph;
}

/**
 * Sets of files of which each leads to each other by imports: Tarjan's strongly connected components, of more than one
 * file.
 */
function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const order = new Map<string, number>();
  const path: string[] = [];
  const onPath = new Set<string>();
  /** Gives the earliest file on the path that `file` leads back to. */
  const visit = (file: string): number => {
    const at = order.size;
    order.set(file, at);
    const depth = path.push(file) - 1;
    onPath.add(file);
    let earliest = at;
    for (const next of graph.get(file) ?? []) {
      const known = order.get(next);
      if (known === undefined) earliest = Math.min(earliest, visit(next));
      else if (onPath.has(next)) earliest = Math.min(earliest, known);
    }
    if (earliest < at) return earliest;
    const members = path.splice(depth);
    for (const member of members) onPath.delete(member);
    if (members.length > 1) circles.push(members.toSorted().join(", "));
    return earliest;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles.toSorted();
}

describe("the layers", () => {
  it("are all known here", () => {
    expect(new Set(filesBelow(SOURCE).map(folderOf))).toEqual(new Set(["", ...Object.keys(ALLOWED)]));
    expect(imports.length).toBeGreaterThan(300);
  });

  it("import downward only", () => {
    const upward = imports.filter(({ folder, target }) => {
      if (folder === "" || target === null || target === "" || SHARED_FOLDERS.has(target) || target === folder)
        return false;
      return !ALLOWED[folder].includes(target);
    });
    expect(upward.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("are rooms in the translating engine, which import those before them only", () => {
    const rooms = readdirSync(join(SOURCE, "machine/engine/wasm")).filter((name) => !name.endsWith(".ts"));
    expect(rooms.toSorted()).toEqual(ENGINE_ROOMS.toSorted());
    const backward = imports.filter(({ file, specifier }) => {
      const target = specifier.startsWith(".") ? join(dirname(file), specifier) : "";
      return engineRoomOf(file) >= 0 && engineRoomOf(target) > engineRoomOf(file);
    });
    expect(backward.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("have no circles of files", () => {
    expect(findCircles(importGraph())).toEqual([]);
  });

  it("would be seen to have a circle, however long", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c", "d"]],
      ["c", ["a"]],
      ["d", ["e"]],
      ["e", ["e"]],
    ]);
    expect(findCircles(graph)).toEqual(["a, b, c"]);
  });

  it("leave the shared files at the root importing nothing else", () => {
    const wrong = imports.filter(({ file, folder, target }) => folder === "" && ROOT_FILES.has(file) && target !== "");
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("let the shared folders import nothing but the shared files", () => {
    const wrong = imports.filter(
      ({ folder, target }) => SHARED_FOLDERS.has(folder) && target !== folder && target !== "",
    );
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("use Node only in host, tui and cli", () => {
    const isNode = (specifier: string): boolean => specifier.startsWith("node:") || builtinModules.includes(specifier);
    const wrong = imports.filter(({ folder, specifier }) => !HOST_FOLDERS.has(folder) && isNode(specifier));
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("know neither the host's time nor its chance below host", () => {
    const wrong = filesBelow(SOURCE)
      .filter((file) => !HOST_FOLDERS.has(folderOf(file)))
      .filter((file) =>
        /\bDate\.now|\bperformance\.now|Math\.random|new Date|\bprocess\.|\bconsole\.(log|error|warn)|setTimeout|\bBuffer\b/.test(
          stripComments(readFileSync(file, "utf8")),
        ),
      )
      .map((file) => relative(SOURCE, file));
    expect(wrong).toEqual([]);
  });
});

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
}
