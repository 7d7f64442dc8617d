import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { drawFlameGraph } from "../../dist/cli/reports/flame-graph.js";
import { makeSpeedscope } from "../../dist/cli/reports/speedscope.js";
import type { Profile, ProfileNode } from "../../dist/system/index.js";
import { invoke as hallows, program, temporaryFolder, TOUR, write } from "./hallows.js";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

async function profileOf(...words: string[]): Promise<Profile> {
  const { code, out } = await hallows("profile", ...words, "--json");
  expect(code).toBe(0);
  return JSON.parse(out) as Profile;
}

/** The elements of an XML text, with their nesting checked. */
function elementsOf(xml: string): { name: string; attributes: Record<string, string>; text: string }[] {
  const open: string[] = [];
  const elements: ReturnType<typeof elementsOf> = [];
  const rest = xml.replace(
    /<(\/?)([A-Za-z]+)((?: [a-zA-Z-]+="[^"<]*")*)(\/?)>([^<]*)/g,
    (_, end, name, list, alone, text) => {
      if (end === "/") expect(open.pop()).toBe(name);
      else {
        const attributes = Object.fromEntries(
          [...list.matchAll(/ ([a-zA-Z-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
        );
        elements.push({ name, attributes, text });
        if (alone === "") open.push(name);
      }
      expect(text).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/);
      return "";
    },
  );
  expect(open).toEqual([]);
  expect(rest).toBe('<?xml version="1.0" encoding="UTF-8"?>\n');
  return elements;
}

describe("hallows profile", () => {
  it("prints functions by their cycles on stdout, and the console on stderr", async () => {
    const { code, out, err } = await hallows("profile", program("hello"));
    expect([code, err]).toEqual([0, "Hello from a partition.\n"]);
    expect(out).toMatch(/^function +cycles +share +instructions +with calls +share +calls\n/);
    expect(out).toMatch(/^main +\d+ +\d+\.\d % +\d+ +\d+ +\d+\.\d % +1$/m);
    expect(out).toMatch(/^hello +\d+ +\d+\.\d %/m);
    expect(out).toMatch(/^time {6}\d+\.\d{3} us \(\d+ cycles\) on 1 core$/m);
  });

  it("names the partition of each function of a system", async () => {
    const { code, out, err } = await hallows("profile", TOUR, "--for", "300ms", "--top", "5");
    expect(code).toBe(0);
    expect(err).toMatch(/^vandal +\| life 1: here I am$/m);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^function +partition +cycles/);
    expect(lines[6]).toMatch(/^and \d+ more with \d+ cycles \(--top\)$/);
    expect(out).toMatch(/^time {6}300\.000 ms \(3000000 cycles\) on 4 cores$/m);
  });

  it("has the sums of a run without it", async () => {
    const run = JSON.parse((await hallows("boot", TOUR, "--for", "300ms", "--json")).out) as {
      partitions: { name: string; threadCycles: number; kernelCycles: number }[];
      cores: { instructions: number }[];
    };
    const result = await profileOf(TOUR, "--for", "300ms");
    expect(
      result.partitions.map(({ name, functionCycles, kernelCycles }) => [name, functionCycles, kernelCycles]),
    ).toEqual(run.partitions.map(({ name, threadCycles, kernelCycles }) => [name, threadCycles, kernelCycles]));
    const instructions = result.partitions.reduce((sum, row) => sum + row.instructions, 0);
    expect(instructions).toBe(run.cores.reduce((sum, row) => sum + row.instructions, 0));
  });

  it("takes the seed of --seed", async () => {
    const [one, two] = await Promise.all(["1", "2"].map((seed) => profileOf(TOUR, "--for", "100ms", "--seed", seed)));
    expect(two.functions).not.toEqual(one.functions);
  });

  it("still says where the cycles went when the program faults, and ends with 1", async () => {
    const { code, out, err } = await hallows("profile", program("restart"));
    expect(code).toBe(1);
    expect(err).toMatch(/^fault in restart: #DE /m);
    expect(out).toMatch(/^main +\d+/m);
  });

  it.each<[string, string[], RegExp]>([
    ["a missing file", ["missing.elf"], /missing\.elf: there is no such file/],
    ["no file", [], /missing required argument 'file'/],
    ["a table of nothing", ["x.elf", "--top", "0"], /--top takes a whole number from 1/],
    ["a place that can't be written", [program("hello"), "--svg", join(folder, "no/such/place.svg")], /place\.svg: /],
  ])("refuses %s", async (_name, words, problem) => {
    const { code, err } = await hallows("profile", ...words);
    expect(code).toBe(2);
    expect(err).toMatch(problem);
  });

  it("refuses what is neither program nor system", async () => {
    const { code } = await hallows("profile", write(folder, "noise", Uint8Array.of(0xff, 0xfe, 0)));
    expect(code).toBe(2);
  });
});

describe("the flame graph", () => {
  it("is one well-formed file, without a script or a reference to another", async () => {
    const path = join(folder, "tour.svg");
    const { err } = await hallows("profile", TOUR, "--for", "300ms", "--svg", path);
    expect(err).toContain(`${path}: open it with a browser`);
    const text = readFileSync(path, "utf8");
    const names = new Set(elementsOf(text).map(({ name }) => name));
    expect([...names].toSorted()).toEqual(["g", "rect", "style", "svg", "text", "title"]);
    expect(text.match(/https?:[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
  });

  it("has a frame for each function that is wide enough, as wide as its cycles, on its caller", async () => {
    const result = await profileOf(program("hashmap"));
    const elements = elementsOf(drawFlameGraph(result));
    interface Placed {
      x: number;
      y: number;
      width: number;
    }
    const frames = new Map<string, Placed>();
    elements.forEach(({ name, text }, index) => {
      if (name !== "title" || text.startsWith("hashmap\n")) return;
      const { x, y, width } = elements[index + 1].attributes;
      frames.set(text.split(" (")[0], { x: Number(x), y: Number(y), width: Number(width) });
    });
    const start = frames.get("_start") as Placed;
    const main = frames.get("main") as Placed;
    expect(main.y).toBeLessThan(start.y);
    expect(main.x).toBeGreaterThanOrEqual(start.x);
    expect(main.x + main.width).toBeLessThanOrEqual(start.x + start.width);
    const whole = 1176;
    for (const [name, frame] of [
      ["_start", start],
      ["main", main],
    ] as const) {
      const row = result.functions.find((candidate) => candidate.name === name);
      expect(Math.abs(frame.width - (whole * (row?.totalCycles ?? 0)) / result.tree.totalCycles)).toBeLessThan(1);
    }
    const titles = elements.filter(({ name }) => name === "title").map(({ text }) => text);
    const { cycles, instructions } = result.functions.find(({ name }) => name === "strcmp") ?? {
      cycles: 0,
      instructions: 0,
    };
    expect(titles.find((title) => title.startsWith("strcmp (hashmap)\n"))).toContain(
      `own: ${cycles.toLocaleString("en")} cycles, ${instructions.toLocaleString("en")} instructions`,
    );
  });

  it("takes names that are no XML", () => {
    const leaf = (name: string): ProfileNode => ({
      name,
      kind: "function",
      partition: 0,
      cycles: 1,
      instructions: 1,
      totalCycles: 1,
      totalInstructions: 1,
      calls: 1,
      children: [],
    });
    const names = ["a<b>&\"'", "]]>", "\u0000\u001b[31m", "\ud800", "&amp;", "<script>"];
    const children = names.map(leaf);
    const tree: ProfileNode = { ...leaf("<&>"), kind: "system", cycles: 0, totalCycles: names.length, children };
    const svg = drawFlameGraph({
      version: 1,
      system: "<&>",
      frequencyHz: 1e6,
      functions: [],
      partitions: [{ name: "<p>", program: "p", functionCycles: 0, instructions: 0, kernelCycles: 0, reloadCycles: 0 }],
      cores: [{ elapsedCycles: 6, idleCycles: 0, kernelCycles: 0 }],
      tree,
    });
    expect(elementsOf(svg).filter(({ name }) => name === "title")).toHaveLength(names.length + 1);
    // oxlint-disable-next-line no-control-regex
    expect(svg).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|<script/);
  });
});

describe("the speedscope file", () => {
  it("has all cycles of the tree in its weights, a profile for each thread, and indices of frames that exist", async () => {
    const path = join(folder, "tour.speedscope.json");
    const words = [TOUR, "--for", "300ms"];
    await hallows("profile", ...words, "--speedscope", path);
    const file = JSON.parse(readFileSync(path, "utf8")) as ReturnType<typeof makeSpeedscope>;
    const result = await profileOf(...words);
    expect(file).toEqual(JSON.parse(JSON.stringify(makeSpeedscope(result))));
    let sum = 0;
    for (const { type, unit, startValue, endValue, samples, weights } of file.profiles) {
      expect([type, unit, startValue, samples.length]).toEqual(["sampled", "none", 0, weights.length]);
      expect(weights.reduce((total, weight) => total + weight, 0)).toBe(endValue);
      sum += endValue;
      for (const frame of samples.flat()) expect(file.shared.frames[frame]?.name).toBeTypeOf("string");
    }
    expect(sum).toBe(result.tree.totalCycles);
    expect(file.profiles.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["server, thread main", "server, kernel", "core 0, kernel"]),
    );
    expect(file.profiles[file.activeProfileIndex].endValue).toBe(Math.max(...file.profiles.map((row) => row.endValue)));
    expect(file.shared.frames).toContainEqual({ name: "main", file: "server.elf" });
  });
});
