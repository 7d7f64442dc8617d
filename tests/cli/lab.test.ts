import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hallows, invoke, ROOT } from "./hallows.js";

const below = (): string => mkdtempSync(join(tmpdir(), "hallows-lab-"));
const GUIDE = readFileSync(join(ROOT, "docs/labs.md"), "utf8");

function fromGuide(language: string): string {
  return new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(GUIDE)![1];
}

describe("hallows lab", () => {
  it("lists labs, and says which are open", async () => {
    const folder = below();
    expect((await invoke("lab", "--folder", folder)).out).toMatch(/ 1 {2}Boot a system, and read what was booted\n/);
    await invoke("lab", "1", "--folder", folder);
    expect((await invoke("lab", "--folder", folder)).out).toContain("(open)");
  });

  it("opens one, takes predictions before it runs, judges, and reveals", async () => {
    const folder = below();
    const lab = (...words: string[]): ReturnType<typeof invoke> => invoke("lab", "1", ...words, "--folder", folder);
    const opened = await lab("--seed", "5");
    expect(opened.out).toContain("each have 9 ms in each frame of 20 ms");
    expect(opened.out).toContain("How many cycles does a frame of core 0 have?");
    const early = await lab("run");
    expect(early).toMatchObject({ code: 2, err: expect.stringContaining("after you have predicted: frame, admitted") });
    expect((await lab("predict", "frame=many")).err).toContain("It takes a whole number");
    expect((await lab("predict", "frames=1")).err).toContain('has no prediction "frames"');
    await lab("predict", "frame=400000", "admitted=yes", "releases=50");
    const run = await lab("run");
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/refused[^]*frame: 400000 {2}right\n {2}admitted: yes {2}wrong/);
    expect((await lab("check")).code).toBe(1);
    const path = join(folder, "01-boot/system.toml");
    const given = readFileSync(path, "utf8");
    writeFileSync(path, given.replace(/start = "[1-9][0-9]* ms"/, 'start = "9 ms"'));
    expect((await lab("run")).code).toBe(0);
    const judged = await lab("check", "--json");
    expect(JSON.parse(judged.out)).toMatchObject({ lab: "boot", seed: 5, earned: 11, points: 12 });
    expect((await lab("reveal")).out).toMatch(/400000 {2}A cycle is a tick[^]*What there was to see/);
    expect(JSON.parse((await lab("check", "--json")).out)).toMatchObject({ earned: 7 });
    await lab("reset");
    expect(readFileSync(path, "utf8")).toBe(given);
  });

  it("keeps its seed, and what is in the folder", async () => {
    const folder = below();
    await invoke("lab", "2", "--seed", "1", "--folder", folder);
    const path = join(folder, "02-pages/system.toml");
    writeFileSync(path, "mine");
    await invoke("lab", "2", "--folder", folder);
    expect(readFileSync(path, "utf8")).toBe("mine");
    const other = await invoke("lab", "2", "--seed", "2", "--folder", folder);
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining("is open with seed 1") });
  });

  it("says what is wrong with a folder or a word", async () => {
    const folder = below();
    expect((await invoke("lab", "99")).err).toContain('there is no lab "99"');
    expect((await invoke("lab", "1", "jump", "--folder", folder)).err).toContain('there is no step "jump"');
    for (const text of ["{", "[]", '{"lab":"boot","seed":1e99,"predictions":{},"isRevealed":false}', "null"]) {
      mkdirSync(join(folder, "01-boot"), { recursive: true });
      writeFileSync(join(folder, "01-boot/lab.json"), text);
      expect(await invoke("lab", "1", "--folder", folder)).toMatchObject({
        code: 2,
        err: expect.stringContaining("lab.json"),
      });
    }
  });

  it("opens a lab that the guide for authors has, as it stands there", async () => {
    const folder = below();
    const lab = join(folder, "periods");
    mkdirSync(lab);
    writeFileSync(join(lab, "lab.js"), fromGuide("js"));
    writeFileSync(join(lab, "package.json"), '{ "type": "module" }');
    writeFileSync(join(lab, "lab.md"), fromGuide("md"));
    const work = join(folder, "work");
    const opened = await invoke("lab", lab, "--seed", "1", "--folder", work);
    const [, period] = /Make loop run every ([0-9]+) ms/.exec(opened.out)!;
    await invoke("lab", lab, "predict", "releases=10", "--folder", work);
    const path = join(work, "periods/system.toml");
    writeFileSync(path, readFileSync(path, "utf8").replace("100 ms", `${period} ms`));
    expect(await invoke("lab", lab, "check", "--folder", work)).toMatchObject({
      code: 0,
      out: expect.stringContaining("3 of 3 points"),
    });
  });

  it("grades folders, hostile ones among them, in their order", () => {
    const folder = below();
    const seeds = [1, 2, 3];
    for (const seed of seeds) hallows("lab", "5", "--seed", String(seed), "--folder", join(folder, String(seed)));
    const [, second, third] = seeds.map((seed) => join(folder, String(seed), "05-inversion"));
    // Huge; and one that says it is another lab.
    writeFileSync(join(second, "system.toml"), "#".repeat(2 * 1024 * 1024));
    writeFileSync(join(third, "lab.json"), '{"lab":"/etc","seed":1,"predictions":{},"isRevealed":false}');
    const { code, out } = hallows("lab", "grade", ...seeds.map((seed) => join(folder, String(seed), "05-inversion")));
    const lines = out.trim().split("\n");
    expect(lines[0]).toBe("folder,lab,seed,earned,points,note");
    expect(lines[1]).toMatch(/05-inversion,inversion,1,2,12,$/);
    expect(lines[2]).toMatch(/05-inversion,inversion,,0,,.*has more than 1048576 bytes/);
    expect(lines[3]).toMatch(/05-inversion,,,0,,.*there is no lab/);
    expect(code).toBe(1);
  });
});
