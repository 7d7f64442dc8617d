/**
 * Comments keep to 120 columns, as the formatter has code do. It leaves comments as they are.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["src", "tests", "tools", "bench", "images"];
const SOURCES = /\.(ts|mjs|c|h|cpp)$/;
/** Written by `npm run gen`: descriptions stand behind what they describe. */
const GENERATED = "images/sdk/hallows_abi.h";
const COLUMNS = 120;
/** A line of a comment, but for marks of mistakes, which are code (docs/tests.md). */
const COMMENT = /^\s*(\/\/|\/\*|\*)(?!.*\bmutant )/;

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourcesBelow(path);
    return SOURCES.test(name) ? [path] : [];
  });
}

it("comments end within 120 columns", () => {
  const files = FOLDERS.flatMap((folder) => sourcesBelow(join(ROOT, folder)));
  expect(files.length).toBeGreaterThan(500);
  const wide = files
    .filter((path) => relative(ROOT, path) !== GENERATED)
    .flatMap((path) =>
      readFileSync(path, "utf8")
        .split("\n")
        .flatMap((line, index) =>
          line.length > COLUMNS && COMMENT.test(line) ? [`${relative(ROOT, path)}:${index + 1}`] : [],
        ),
    );
  expect(wide).toEqual([]);
});
