/** Mistakes are told once each, with code and place; what is formatted stays as it is. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkSources, DIAGNOSTICS, format, renderDiagnostic } from "../../dist/parseltongue/index.js";
import { allOutcomes } from "../../tools/parseltongue/outcomes.mjs";
import { randomProgram } from "../../tools/parseltongue/programs.mjs";

const codesOf = (text: string): readonly string[] =>
  (checkSources([{ file: "a.parsel", text }]).diagnostics ?? []).map(({ code }) => code);
const inMain = (body: string): string => `function main() {\n${body}\n}\n`;

/** What provokes each. */
const MISTAKES: Readonly<Record<keyof typeof DIAGNOSTICS, string>> = {
  P001: inMain("let = 1"),
  P002: inMain('print "a'),
  P003: inMain("let x: text(3) = 1"),
  P004: inMain("let x = 9223372036854775808"),
  P010: inMain("print x"),
  P011: inMain("let x = 1\nlet x = 2"),
  P012: inMain("let x = 1\nx = 2"),
  P013: inMain("let x = 1 + true"),
  P014: `function f(a: i64, b: i64) {\n}\n${inMain("f(1, 2)")}`,
  P015: `function f(change a: list(i64, 2), b: list(i64, 2)) {\n}\n${inMain("var l: list(i64, 2) = empty()\nf(a: change l, b: l)")}`,
  P016: `function f() gives i64 {\n}\n${inMain("let x = f()")}`,
  P017: `function f() {\nf()\n}\n${inMain("f()")}`,
  P018: "function f() {\n}\n",
  P019: inMain("let x = load_u8(0)"),
  P020: inMain("repeat at_most 0 times while true {\n}"),
};

describe("diagnostics", () => {
  it.each(Object.entries(MISTAKES))("%s comes from its mistake, and alone", (code, text) => {
    expect(codesOf(text)).toEqual([code]);
  });

  it("are ten for ten mistakes", () => {
    const lines = Array.from({ length: 10 }, (_, index) => `print unknown${index} + 1`);
    expect(codesOf(inMain(lines.join("\n")))).toEqual(Array(10).fill("P010"));
    expect(codesOf(inMain(Array(10).fill("let = ").join("\n")))).toEqual(Array(10).fill("P001"));
  });

  it("say nothing of what follows from a mistake", () => {
    expect(codesOf(inMain("let x = unknown\nlet y = x + 1\nprint y"))).toEqual(["P010"]);
  });

  it("show the line, and what is wrong in it", () => {
    const { diagnostics } = checkSources([{ file: "a.parsel", text: inMain("let x = 1\n  x = 2") }]);
    expect(renderDiagnostic(diagnostics![0])).toBe(
      [
        "error[P012]: a change of what is fixed",
        " --> a.parsel:3:3",
        "  |",
        "3 |   x = 2",
        '  |   ^ "x" is fixed',
        "  = help: Declare it with var.",
      ].join("\n"),
    );
  });

  it("come from whatever text there is, and the parser ends", () => {
    const whole = randomProgram(3);
    for (let at = 0; at < whole.length; at += 17) {
      codesOf(whole.slice(0, at) + whole.slice(at + 3));
      codesOf(whole.slice(0, at));
      codesOf(`${whole.slice(0, at)}}){("${whole.slice(at)}`);
    }
    expect(codesOf(inMain(`let x = ${"(".repeat(100_000)}`))).toEqual(["P001"]);
  });
});

const SOURCES = ["images/parseltongue", "stack/prelude"].flatMap((folder) =>
  readdirSync(new URL(`../../${folder}`, import.meta.url)).map((name) => `${folder}/${name}`),
);

describe("the formatter", () => {
  it.each(SOURCES)("leaves %s as it is", (path) => {
    const text = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    expect(format(text)).toBe(text);
  });

  it("changes nothing twice, and keeps comments and tokens", () => {
    for (let seed = 1; seed < 10; seed++) {
      const text = `# a comment\n${randomProgram(seed)}`;
      const once = format(text);
      expect(format(once)).toBe(once);
      expect(once.replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
    }
  });
});

describe("docs/parseltongue/first-steps.md", () => {
  const text = readFileSync(new URL("../../docs/parseltongue/first-steps.md", import.meta.url), "utf8");
  const examples = [...text.matchAll(/```parsel\n([^]*?)```\n\n```text\n([^]*?)```/g)].map(([, code, out]) => [
    code,
    out,
  ]);

  it("has examples", () => expect(examples.length).toBe(4));
  it.each(examples)("has one that does what it says: %#", (code, out) => {
    const { output, fault } = allOutcomes(code).wasm;
    expect(fault === null ? output : `${output}fault ${fault}\n`).toBe(out);
    expect(format(code)).toBe(code);
  });
});
