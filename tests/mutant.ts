/**
 * Deliberately broken builds, to show that a test bites: a copy of dist/ in which one module is compiled from a source
 * with a mistake.
 *
 * The mistake stands in the source as a mark, a comment before the statement or expression whose place it takes:
 *
 *   // mutant walk-forgets-user: if (false) return refuse(0);
 *   if (!userAllowed) return refuse(0);
 *
 *   limit = Math.min(until, /* mutant event-comes-late: event + 1 *\/ event);
 *
 * The mark goes wherever the code goes, so neither this file nor the tests know of files and lines. What is replaced is
 * the longest statement, expression or property that starts right behind the mark; only its head where the replacement
 * is no more than `if (…)` or `while (…)`. A replacement may be empty: then a statement is left out. docs/tests.md says
 * how to add one; mutants.test.ts holds marks and tests together.
 */
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseSync, transformSync } from "rolldown/experimental";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = join(ROOT, "src");
const MARK = /\/\/ mutant ([\w-]+):(.*)\n|\/\*\s*mutant ([\w-]+):([^]*?)\*\//g;
/** What may stand between a mark and its expression. */
const SPACE = /(?:\s|\/\*[^]*?\*\/|\/\/.*\n)*/y;

export interface Mark {
  readonly name: string;
  /** The file under src/ that it stands in. */
  readonly file: string;
  readonly replacement: string;
  /** Where the text behind the mark begins in the file. */
  readonly end: number;
}

export interface Mutant {
  /** Imports a module of the broken build, by its path in dist/. */
  load<T>(module: string): Promise<T>;
  remove(): void;
}

const isSource = (file: string): boolean => file.endsWith(".ts") && !file.endsWith(".d.ts");
const readSource = (file: string): string => readFileSync(join(SOURCES, file), "utf8");

/** All marks of the sources, in the order of files. */
export function readMarks(): Mark[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter(isSource).toSorted();
  return files.flatMap((file) =>
    [...readSource(file).matchAll(MARK)].map(({ 0: mark, 1: a, 2: b, 3: name = a, 4: replacement = b, index }) => ({
      name,
      file,
      replacement: replacement.trim(),
      end: index + mark.length,
    })),
  );
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly consequent?: Node;
  readonly body?: Node;
}

/** The outermost, and so the longest, of the nodes that start at `start`, as the parser made them below `value`. */
function nodeAt(value: unknown, start: number): Node | null {
  if (typeof value !== "object" || value === null) return null;
  const own = value as Partial<Node>;
  if (own.type !== "Program" && own.start === start) return own as Node;
  if (own.start !== undefined && own.end !== undefined && (own.start > start || own.end <= start)) return null;
  for (const child of Object.values(value)) {
    const found = nodeAt(child, start);
    if (found !== null) return found;
  }
  return null;
}

/** Where what is replaced ends, and what stands there instead. */
function replace(node: Node, replacement: string): readonly [end: number, text: string] {
  const body = node.consequent ?? node.body;
  // `if (…)` and `while (…)` alone: the body stays.
  if (/^(if|while|for) \([^]*\)$/.test(replacement) && body !== undefined) return [body.start, `${replacement} `];
  if (/(Expression|Literal|Identifier)$/.test(node.type)) return [node.end, `(${replacement})`];
  // A statement that is left out must not leave its place to the next one.
  if (/(Statement|Declaration)$/.test(node.type)) return [node.end, replacement || "{}"];
  return [node.end, replacement];
}

/** The text of the mark's file with the mistake made. */
export function mutate({ name, file, replacement, end }: Mark): string {
  const text = readSource(file);
  SPACE.lastIndex = end;
  SPACE.test(text);
  const node = nodeAt(parseSync(file, text).program, SPACE.lastIndex);
  if (node === null) throw new Error(`src/${file}: nothing that could be replaced starts behind the mark ${name}`);
  const [to, mistake] = replace(node, replacement);
  return text.slice(0, node.start) + mistake + text.slice(to);
}

/** `tsc` would take a second. It also puts in the numbers of const enums; here they are read from the enum's object. */
function compile(file: string, text: string): string {
  const { code, errors } = transformSync(file, text, { tsconfig: false, target: "es2022" });
  if (errors.length > 0) throw new Error(`src/${file}, with its mistake: ${errors.map(String).join("\n")}`);
  return code;
}

/** A file of the copy is the same file by another name where the file system has that: nothing is read or written. */
function share(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

/** Copies the modules of a folder of dist/ but one, whose place the mutant takes. */
function copyModules(from: string, to: string, mutated: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const { name } = entry;
    if (entry.isDirectory() && name !== "bundle") copyModules(join(from, name), join(to, name), mutated);
    else if (name.endsWith(".js") && join(to, name) !== mutated) share(join(from, name), join(to, name));
  }
}

/**
 * Builds the mutant of the mark with this name. `part` is the folder of dist/ to copy, where that folder imports
 * nothing from outside: that takes less time.
 */
export function createMutant(name: string, part = ""): Mutant {
  const [mark, another] = readMarks().filter((each) => each.name === name);
  if (mark === undefined) throw new Error(`No source has the mark /* mutant ${name}: … */`);
  if (another !== undefined) throw new Error(`${mark.file} and ${another.file} both have the mark ${name}`);
  const code = compile(mark.file, mutate(mark));

  const folder = mkdtempSync(join(tmpdir(), "hallows-mutant-"));
  const build = join(folder, "dist");
  const mutated = join(build, mark.file.replace(/\.ts$/, ".js"));
  copyModules(join(ROOT, "dist", part), join(build, part), mutated);
  writeFileSync(mutated, code);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  return {
    load: (module) => import(/* @vite-ignore */ pathToFileURL(join(build, module)).href),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
