import { describe, expect, it } from "vitest";
import { compare, record } from "../../tools/replays/session.mjs";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);

describe("sessions with inputs at random moments", () => {
  it("are replayed to their hashes: a sample of npm run campaign:replays", async () => {
    console.log(`replays: seed ${SEED}`);
    const recorded = await record(SEED, 20);
    for (const how of [{}, { runAheadCycles: 13, skipPolling: false }]) expect(compare(recorded, how)).toBeNull();
    const other = { ...recorded, hash: "0".repeat(16) };
    expect(compare(other, {})).toContain("for 0000000000000000");
  });
});
