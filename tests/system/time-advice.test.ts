import { describe, expect, it } from "vitest";
import type { ConfigProblem } from "../../dist/errors.js";
import { adviseImage, packImage, printPlan, unpackImage } from "../../dist/system/index.js";
import { load } from "./fixture.js";

/** "line:column problem | hint" of each warning of times. */
function adviceOn(text: string): string[] {
  const warnings: ConfigProblem[] = [];
  load(text, { onTimeWarning: (warning) => void warnings.push(warning) });
  return warnings.map(({ place, problem, hint }) => `${place.line}:${place.column} ${problem} | ${hint}`);
}

const system = (frequency: string, length: string): string => `[machine]
frequency = "${frequency}"

[partition.a]
class = "realtime"
program = "a.elf"
core = 0
period = "1 ms"
deadline = "300 us"

[partition.b]
class = "backend"
program = "a.elf"
core = 0

[partition.b.thread.main]

[partition.b.thread.loop]
entry = "control_loop"

[core.0]
frame = "20 ms"
windows = [
  { partition = "b", start = "10 ms", length = "10 ms" },
  { partition = "a", start = "0 ms", length = "${length}" },
]
`;

describe("times of a description", () => {
  it("are told, with the place and what would be right, where the kernel takes a large share of them", () => {
    expect(adviceOn(system("1 MHz", "2 ms"))).toEqual([
      '9:12 the kernel takes 98 us at 1 MHz to release thread "main", 33 % of the 300 us until its deadline | ' +
        'Make the deadline longer than "392 us", or give the machine a higher frequency.',
      '12:9 threads of class "backend" take turns after 5 us, and at 1 MHz 10 switches between them take 890 us: ' +
        'that is how long a turn is | From "178 MHz" on a turn is 5 us.',
      '25:47 a window switch takes 687 us at 1 MHz, 34 % of this window of "a" | ' +
        'Make it longer than "2.748 ms", or give the machine a higher frequency.',
    ]);
  });

  it("are right where the hints are followed", () => {
    expect(adviceOn(system("1 MHz", "2749 us"))).toHaveLength(2);
    expect(adviceOn(system("2 MHz", "2 ms"))).toEqual([expect.stringContaining('12:9 threads of class "backend"')]);
    expect(adviceOn(system("178 MHz", "2 ms"))).toEqual([]);
  });

  it("of a thread that has a partition to itself are not those of turns", () => {
    expect(adviceOn('[partition.b]\nclass = "backend"\nprogram = "a.elf"\ncore = 0\n')).toEqual([]);
  });

  it("are told of an image, too, by path", () => {
    const text = system("1 MHz", "2 ms");
    const image = packImage({ plan: load(text), description: { file: "system.toml", text } });
    const { plan } = unpackImage(image, "x.img");
    expect(adviseImage(plan, "x.img").map(({ problem }) => problem.slice(0, problem.indexOf(":")))).toEqual([
      "core.0.windows.0.length",
      "partition.a.thread.main.deadline",
      "partition.b.class",
    ]);
  });

  it("are printed beside what the kernel takes", () => {
    const lines = printPlan(load(system("1 MHz", "2 ms"))).split("\n");
    expect(lines).toContain("  window switch  687 us (687 cycles)");
    expect(lines).toContain("  from 0 ms (0 cycles) for 2 ms (2000 cycles): a, 34.4 % of it the switch");
    expect(lines).toContain("  class      backend, turns of 890 us (890 cycles)");
  });
});
