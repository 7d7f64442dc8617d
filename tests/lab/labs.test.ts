import { describe, expect, it } from "vitest";
import { createInstance, loadLab, shippedLabs } from "../../dist/host/lab-folder.js";
import { gradeLab, type LabFiles, type LabInstance } from "../../dist/lab/index.js";

const SEEDS = Array.from({ length: Number(process.env.HALLOWS_LAB_SEEDS ?? "1") }, (_, index) => 1000 + 77 * index);

interface Work {
  /** What a learner does to `system.toml` who has understood, and in three ways who has not. */
  readonly right: (instance: LabInstance, text: string) => string;
  readonly wrong: readonly ((instance: LabInstance, text: string) => string)[];
}

const WORK: Readonly<Record<string, Work>> = {
  boot: {
    right: (_, text) => {
      const length = lengths(text)[0];
      return text.replace(/start = "[1-9][0-9]* ms"/, `start = "${length}"`);
    },
    wrong: [
      (_, text) => text,
      // It is admitted, but the second has less time.
      (_, text) => {
        const start = Number(/start = "([1-9][0-9]*) ms"/.exec(text)?.[1]);
        return text.replace(/length = "[0-9]+ ms"/, `length = "${start} ms"`);
      },
      (_, text) => text.replace(/\[core\.0\][^[]*\[\n[^\]]*\]\n/, "").replace("core = 0", "core = 1"),
    ],
  },
  pages: {
    right: (instance, text) => {
      const { depth, frame } = instance.words;
      return withLeastStack(Number(depth), Number(frame), text);
    },
    wrong: [
      (_, text) => text,
      (_, text) => text.replace('stack = "4 KiB"', 'stack = "1 MiB"'),
      (_, text) => text.replace('stack = "4 KiB"', 'stack = "8 KiB"'),
    ],
  },
  windows: {
    right: (_, text) =>
      withWindows(text, ([fast, middle, slow]) => [
        [fast, 0, 3],
        [middle, 3, 5],
        [fast, 10, 3],
        [slow, 13, 4],
        [fast, 20, 3],
        [middle, 23, 5],
        [fast, 30, 3],
        [slow, 33, 3],
      ]),
    wrong: [
      (_, text) => text,
      // Everybody once a frame.
      (_, text) =>
        withWindows(text, ([fast, middle, slow]) => [
          [fast, 0, 9],
          [middle, 9, 9],
          [slow, 18, 9],
        ]),
      // Longer periods are no solution.
      (_, text) => text.replaceAll(/period = "[0-9]+ ms"/g, 'period = "40 ms"'),
      // Nor are other programs.
      (_, text) =>
        text.replaceAll(/program = "[a-z]+\.elf"/g, (program) =>
          program.includes("thermal") ? program : 'program = "telemetry.elf"',
        ),
    ],
  },
  isolation: {
    right: (_, text) => text.replace(/\[core\.0\][^[]*\[\n[^\]]*\]\n/, "").replace(/core = 0\n$/, "core = 1\n"),
    wrong: [
      (_, text) => text,
      // More of the frame, but not enough.
      (_, text) => text.replace(/length = "[34] ms"/, 'length = "2 ms"'),
      // The hog is gone.
      (_, text) =>
        text
          .replace("hog.elf", "quiet.elf")
          .replace(/\[core\.0\][^[]*\[\n[^\]]*\]\n/, "")
          .replace(/core = 0\n$/, "core = 1\n"),
    ],
  },
  inversion: {
    right: (_, text) => text.replaceAll("_flag", "_lock"),
    wrong: [
      (_, text) => text,
      (_, text) => text.replace("low_flag", "low_lock"),
      // Other priorities end it as well, and are not allowed.
      (_, text) => text.replace("priority = 10", "priority = 0"),
    ],
  },
  jitter: {
    right: (_, text) => `${text.replace('to = "measured"', 'to = "sink"')}${SINK}`,
    wrong: [
      (_, text) => text,
      // Nobody is rung any more.
      (_, text) => text.replace('entry = "ring"', 'entry = "sink"'),
      (_, text) => text.replace(/\n\[\[channel\]\][^]*/, "\n"),
      // The measured thread is another.
      (_, text) => text.replace(/period = "[0-9]+ cycles"/, 'period = "50000 cycles"'),
    ],
  },
  restart: {
    right: (instance, text) => text.replace('"stop"', `{ action = "restart", limit = ${fewest(instance)} }`),
    wrong: [
      (_, text) => text,
      (_, text) => text.replace('"stop"', '"restart"'),
      (instance, text) => text.replace('"stop"', `{ action = "restart", limit = ${fewest(instance) + 3} }`),
      (_, text) => text.replace('program = "lives.elf"', 'program = "work.elf"'),
    ],
  },
};

const SINK = `
[partition.sink]
class = "backend"
program = "ringer.elf"
core = 2

[partition.sink.thread.main]
entry = "sink"
`;

function lengths(text: string): string[] {
  return [...text.matchAll(/length = "([^"]+)"/g)].map(([, length]) => length);
}

type Window = readonly [string, number, number];

function withWindows(text: string, choose: (names: readonly string[]) => readonly Window[]): string {
  const names = [...text.matchAll(/partition = "(\w+)"/g)].map(([, name]) => name);
  const rows = choose(names).map(
    ([name, start, length]) => `  { partition = "${name}", start = "${start} ms", length = "${length} ms" },\n`,
  );
  return text.replace(/windows = \[\n[^\]]*\]/, `windows = [\n${rows.join("")}]`);
}

function withLeastStack(depth: number, frame: number, text: string): string {
  // Each call: what it asks for, and 48 bytes of what the compiler saves; main and what is below it, and printf later.
  const kibibytes = 4 * Math.ceil(((depth + 1) * (frame + 48) + 512) / 4096);
  return text.replace('stack = "4 KiB"', `stack = "${kibibytes} KiB"`);
}

function fewest({ words }: LabInstance): number {
  return Math.ceil(Number(words.wanted) / Number(words.served)) - 1;
}

function answers(instance: LabInstance): Record<string, string> {
  return Object.fromEntries(instance.predictions.map((prediction) => [prediction.name, String(prediction.answer())]));
}

function changed(instance: LabInstance, change: (instance: LabInstance, text: string) => string): LabFiles {
  const text = new TextDecoder().decode(instance.files["system.toml"]);
  return { "system.toml": new TextEncoder().encode(change(instance, text)) };
}

describe.each(shippedLabs().map((place) => [place.name, place] as const))("lab %s", (name, place) => {
  it.each(SEEDS)("gives all points for right work, and fewer for wrong work, with seed %i", async (seed) => {
    const { lab } = await loadLab(place);
    const instance = createInstance(lab, place, seed);
    const right = answers(instance);
    const grade = gradeLab(instance, right, changed(instance, WORK[name].right), false);
    expect(grade.items.filter(({ earned, points }) => earned < points)).toEqual([]);
    for (const wrong of WORK[name].wrong) {
      const { items, earned, points } = gradeLab(instance, right, changed(instance, wrong), false);
      expect([earned < points, items.map(({ says }) => says)]).toEqual([true, expect.anything()]);
    }
  });

  it("counts no prediction that is wrong, missing, or made after the answers were revealed", async () => {
    const { lab } = await loadLab(place);
    const instance = createInstance(lab, place, SEEDS[0]);
    const right = answers(instance);
    const count = instance.predictions.length;
    const judge = (predictions: Record<string, string>, isRevealed: boolean): number[] =>
      gradeLab({ ...instance, tasks: [] }, predictions, {}, isRevealed).items.map(({ earned }) => earned);
    const full = instance.predictions.map(({ points }) => points);
    expect(judge(right, false)).toEqual(full);
    expect(judge({}, false)).toEqual(Array(count).fill(0));
    expect(judge(right, true)).toEqual(Array(count).fill(0));
    const others = Object.fromEntries(
      instance.predictions.map(({ name: key, takes }) => [
        key,
        takes === "number" ? String(Number(right[key]) + 1) : (takes.find((word) => word !== right[key]) ?? ""),
      ]),
    );
    expect(judge(others, false)).toEqual(Array(count).fill(0));
  });

  it("differs from seed to seed, and is the same for one", async () => {
    const { lab } = await loadLab(place);
    const text = (seed: number): string =>
      JSON.stringify(createInstance(lab, place, seed).words) +
      createInstance(lab, place, seed).files["system.toml"].join();
    expect(text(1)).toBe(text(1));
    expect(new Set([1, 2, 3, 4, 5, 6].map(text)).size).toBeGreaterThan(2);
  });
});
