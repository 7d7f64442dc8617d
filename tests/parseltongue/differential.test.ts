/** What the interpreter says that a program means, its machine code does, on both engines. */
import { describe, expect, it } from "vitest";
import { allOutcomes } from "../../tools/parseltongue/outcomes.mjs";
import { randomProgram } from "../../tools/parseltongue/programs.mjs";
import { sampleSize } from "../sample.js";

const outcomeOf = (text: string) => {
  const { meaning, reference, wasm } = allOutcomes(text);
  expect(reference).toEqual(meaning);
  expect(wasm).toEqual(meaning);
  return meaning;
};
const main = (body: string): string => `function main() gives i64 {\n${body}\ngive 0\n}\n`;

describe("compiled programs", () => {
  const count = sampleSize(200, 8);
  it.each(Array.from({ length: count }, (_, index) => index + 1))("do what random program %i means", (seed) => {
    expect(outcomeOf(randomProgram(seed)).output).toMatch(/^$|\n$/);
  });

  it.each([
    ["overflow", "var x = 9223372036854775807\nx = x + 1"],
    ["overflow", "var x = -9223372036854775808\nx = x / -1"],
    ["overflow", "var x = -9223372036854775808\nvar y = -1\nx = x / y"],
    ["overflow", "var x = -9223372036854775808\nx = -x"],
    ["overflow", "var x = 4294967296\nx = x * x"],
    ["overflow", "var b: bytes(2) = filled(1)\nb[0] = 256"],
    ["division", "var x = 0\nx = 1 / x"],
    ["division", "var x = 0\nx = 1 % x"],
    ["bounds", "var l: list(i64, 3) = filled(1)\nl[3] = 1"],
    ["bounds", "var l: list(i64, 3) = filled(1)\nlet x = l[-1]"],
    ["capacity", "var l: list(i64, 3) = filled(1)\nappend(item: 1, to: l)"],
    ["loop_bound", "repeat at_most 3 times while true {\nprint 1\n}"],
    [null, "repeat at_most 3 times while false {\nprint 1\n}"],
    [null, "var x = -9223372036854775808\nvar y = -1\nprint x % y\nprint x % -1"],
    [null, "for i from 9223372036854775806 to 9223372036854775807 {\nprint i\n}"],
    [null, 'let b: bytes(9) = "größe {"\nprint b\nprint b.count'.replace("{", "\\{")],
  ])("end with %s where they should", (fault, body) => {
    expect(outcomeOf(main(body)).fault).toBe(fault);
  });

  it("hold more values than there are registers, across calls", () => {
    const names = Array.from({ length: 20 }, (_, index) => `v${index}`);
    const text = `function same(x: i64) gives i64 {\ngive x\n}\nfunction main() gives i64 {
${names.map((name, index) => `var ${name} = same(${index})`).join("\n")}
give ${names.map((name, index) => `${name} * ${index + 1}`).join(" + ")}\n}\n`;
    expect(outcomeOf(text).exitCode).toBe(names.reduce((sum, _, index) => sum + index * (index + 1), 0));
  });

  it("pass six arguments, whatever their order here", () => {
    const list = "a: i64, b: i64, c: i64, d: i64, e: i64, f: i64";
    const text = `function last(${list}) gives i64 {\ngive a * 100000 + b * 10000 + c * 1000 + d * 100 + e * 10 + f\n}
function turned(${list}) gives i64 {\ngive last(a: f, b: a, c: b, d: c, e: d, f: e)\n}
function main() gives i64 {\ngive turned(a: 1, b: 2, c: 3, d: 4, e: 5, f: 6)\n}\n`;
    expect(outcomeOf(text).exitCode).toBe(612345);
  });
});
