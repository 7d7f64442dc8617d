/**
 * The compiled ring code over every interleaving: a sample of `npm run check:rings` (docs/rings-checked.md).
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkHonest, checkHostile } from "../../tools/check-rings/checks.mjs";
import { loadLibrary } from "../../tools/check-rings/library.mjs";

const library = await loadLibrary((file: string) => import(new URL(`../../dist/${file}`, import.meta.url).href));
const readProgram = (path: string): Uint8Array => readFileSync(new URL(`../../images/rings/${path}`, import.meta.url));

/** `lock or dword ptr [rsp], 0`, hallows_fence, and as many bytes of NOP. */
const FENCE = [0xf0, 0x83, 0x0c, 0x24, 0x00];
const NOTHING = [0x0f, 0x1f, 0x44, 0x00, 0x00];

function withoutFences(path: string): Uint8Array {
  const bytes = Uint8Array.from(readProgram(path));
  let found = 0;
  for (let at = 0; at + FENCE.length <= bytes.length; at++)
    if (FENCE.every((byte, i) => bytes[at + i] === byte)) {
      bytes.set(NOTHING, at);
      found++;
    }
  expect(found).toBeGreaterThan(1);
  return bytes;
}

describe("honest ends of a ring", () => {
  it.each(["queue, block", "queue, batches", "queue, drop-oldest", "sampling"])(
    "lose nothing and sleep for ever in no interleaving: %s",
    (name) => {
      const { wrong, isWhole, ends } = checkHonest(library, name, readProgram);
      expect(wrong).toBeNull();
      expect(isWhole).toBe(true);
      expect(ends).toBeGreaterThan(0);
    },
  );

  it("come to the same ends where each access is taken for itself", () => {
    const reduced = checkHonest(library, "sampling", readProgram);
    const whole = checkHonest(library, "sampling", readProgram, { reduced: false });
    expect(whole.wrong).toBeNull();
    expect(whole.states).toBeGreaterThan(2 * reduced.states);
    expect(whole.endings).toEqual(reduced.endings);
  });

  it("sleep for ever without their fences, which only store buffers show", () => {
    const { wrong, steps } = checkHonest(library, "queue, block", withoutFences);
    expect(wrong?.reason).toMatch(/may sleep for ever/);
    expect(wrong?.steps.length).toBeGreaterThan(10);
    expect(steps).toBeGreaterThan(0);
    expect(checkHonest(library, "queue, block", withoutFences, { buffered: false }).wrong).toBeNull();
  });

  it("keep what a former life has claimed: a value that it left half written is not believed", () => {
    const { wrong, isWhole } = checkHonest(library, "sampling, restarts", readProgram);
    expect(wrong).toBeNull();
    expect(isWhole).toBe(true);
  });
});

describe("an honest end with a hostile peer", () => {
  it.each([
    ["queue, block", "sender"],
    ["queue, batches", "sender"],
    ["sampling", "sender"],
  ])("stays within its bounds, and in no loop, whatever it reads: %s, %s", (name, honest) => {
    const { wrong, isWhole } = checkHostile(library, name, honest, readProgram);
    expect(wrong).toBeNull();
    expect(isWhole).toBe(true);
  });
});
