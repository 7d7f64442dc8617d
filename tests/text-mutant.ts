/**
 * Mutants by text of the built file; mutant.ts takes their place.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface Mutant {
  /** Imports a module of the broken build, by its path in dist/. */
  load<T>(module: string): Promise<T>;
  remove(): void;
}

/**
 * Throws when `find` does not stand exactly once in the file: a mutant that changes nothing proves nothing. `part` is
 * the folder of dist/ to copy, where that folder imports nothing from outside: that takes less time.
 */
export function createTextMutant(file: string, find: string, replacement: string, part = ""): Mutant {
  const folder = mkdtempSync(join(tmpdir(), "hallows-mutant-"));
  const isCopied = (path: string): boolean => !path.endsWith(".map");
  cpSync(join(root, "dist", part), join(folder, "dist", part), { recursive: true, filter: isCopied });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  const path = join(folder, "dist", file);
  const text = readFileSync(path, "utf8");
  if (text.split(find).length !== 2)
    throw new Error(`"${find}" stands ${text.split(find).length - 1} times in ${file}`);
  writeFileSync(path, text.replace(find, replacement));
  return {
    load: (module) => import(/* @vite-ignore */ pathToFileURL(join(folder, "dist", module)).href),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
