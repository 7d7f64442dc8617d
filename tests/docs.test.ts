import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DOCUMENTS = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const SOURCES = new Map(
  readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => [name, readFileSync(join(ROOT, "src", name), "utf8")]),
);
const ALL_SOURCE = [...SOURCES.values()].join("\n");
const SDK = readdirSync(join(ROOT, "images/sdk"))
  .filter((name) => name.endsWith(".h"))
  .map((name) => readFileSync(join(ROOT, "images/sdk", name), "utf8"))
  .join("\n");

/** Where a path may begin, for docs that follow a layer through its files. */
const BASES = ["", "src", "src/machine"];

/** Files and folders of the repository that a document names: in backquotes, or as the target of a link. */
function missingPaths(document: string, text: string): string[] {
  const quoted = [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)*\/?)`/g)]
    .map(([, path]) => path)
    .filter((path) => path.includes("/") || /\.(?:ts|md|mjs|toml)$/.test(path))
    .filter((path) => !BASES.some((base) => existsSync(join(ROOT, base, path))));
  const links = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => normalize(join(dirname(document), target)))
    .filter((path) => !existsSync(join(ROOT, path)));
  return [...new Set([...quoted, ...links])];
}

/** Names in backquotes, plain (`dispatch`) or of something (`Order.run`), that no source declares. */
function missingNames(text: string): string[] {
  const names = [...text.matchAll(/`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)`/g)].map(([, name]) => name);
  return [...new Set(names)].filter((name) => !isDeclared(name));
}

function isDeclared(name: string): boolean {
  const [owner, member] = name.split(".");
  if (member === undefined) {
    const isFolder = [...SOURCES.keys()].some((path) => path.split("/").includes(name));
    return isFolder || declares(ALL_SOURCE, name) || SDK.includes(` ${name}(`) || SDK.includes(`*${name}(`);
  }
  if (existsSync(join(ROOT, "src", name))) return true;
  // An owner in lower case is a variable: then the member may be anybody's.
  if (/^[a-z]/.test(owner)) return declares(ALL_SOURCE, member);
  const type = new RegExp(`\\b(?:class|interface|enum|namespace|type) ${owner}\\b`);
  return [...SOURCES.values()].some((source) => type.test(source) && declares(source, member));
}

/** As a declaration, a member, or a word that is data ("flat"). */
function declares(source: string, name: string): boolean {
  return (
    new RegExp(`\\b(?:function|const|let|class|interface|enum|type) ${name}\\b`).test(source) ||
    new RegExp(`^\\s*(?:(?:readonly|private|protected|override|get) )*${name}\\??(?:<.*>)?\\s*[(:=]`, "m").test(
      source,
    ) ||
    source.includes(`"${name}"`)
  );
}

describe("README.md and docs/", () => {
  it.each(DOCUMENTS)("%s names only files that are there", (document) => {
    expect(missingPaths(document, readFileSync(join(ROOT, document), "utf8"))).toEqual([]);
  });

  it("name functions, types and constants in docs/architecture.md that the sources declare", () => {
    const text = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
    expect(missingNames(text)).toEqual([]);
    expect([...text.matchAll(/`[A-Za-z_]\w*(?:\.\w+)?`/g)].length).toBeGreaterThan(80);
  });

  it("keep lines of text to about 120 characters where people write them", () => {
    const texts = DOCUMENTS.map((document) => readFileSync(join(ROOT, document), "utf8"));
    const long = texts
      .filter((text) => !/^Generated from|This file is made from/m.test(text))
      .flatMap((text) => {
        const prose = text.replace(/^```[^]*?^```/gm, "");
        return prose.split("\n").filter((line) => line.length > 125 && !line.startsWith("|"));
      });
    expect(long).toEqual([]);
  });
});

describe("the check of names", () => {
  it("finds what is wrong in a document", () => {
    const text = "`src/kernel/kernels.ts` and `kernel/costs/cost.ts`, `tests/` and [caveats](caveat.md), [abi](abi.md)";
    expect(missingPaths("docs/architecture.md", text)).toEqual(["src/kernel/kernels.ts", "docs/caveat.md"]);
    expect(missingNames("`dispatch` `dispatchs` `Order.run` `Order.runs` `Orders.run` `hallows_peek`")).toEqual([
      "dispatchs",
      "Order.runs",
      "Orders.run",
    ]);
  });
});
