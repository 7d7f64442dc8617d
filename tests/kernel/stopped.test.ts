/** A partition stops for good: its peers find it in their boot information, and who waits for it is woken. */
import { describe, expect, it } from "vitest";
import { BOOT_LINK, bootLinkOffset } from "../../dist/abi/index.js";
import type * as Kernel from "../../dist/kernel/index.js";
import { createMutant } from "../mutant.js";
import { call, CALL, EVENT, ledgerErrors, NO_DEADLINE, rig, run, type PartitionSketch } from "./fixture.js";

const FRAMES = 0x100_0000;

interface Seen {
  readonly isStopped: number;
  /** Cycle at which the peer goes on, and what it is told. */
  readonly woken: readonly (readonly [status: number, mask: number])[];
  readonly errors: readonly string[];
}

function stop(core: number, library?: typeof Kernel): Seen {
  const regions: PartitionSketch["regions"] = [
    {
      name: "boot information",
      kind: "boot-info",
      at: 0x7000_0000_0000n,
      frames: FRAMES,
      sizeBytes: 4096,
      rights: { write: false, execute: false },
      shared: false,
      contents: new Uint8Array(0),
    },
  ];
  const system = rig(
    {
      partitions: {
        peer: { core, regions, threads: [{ program: [call(CALL.wait, 1, NO_DEADLINE), call(CALL.wait, 0, { fromNow: 1e6 })] }] },
        leaver: { threads: [{ program: [run(50_000), call(CALL.exit, 3, 0)] }] },
      },
      channels: [{ from: "leaver", to: "peer" }],
      ...(core === 0 ? { windows: { 0: { frame: 20_000, windows: [["peer", 0, 10_000], ["leaver", 10_000, 10_000]] } } } : {}),
    },
    library === undefined ? {} : { library },
  ); // prettier-ignore
  system.runUntil(400_000);
  const at = FRAMES + bootLinkOffset(1, 0) + BOOT_LINK.fields.is_stopped.offset;
  return {
    isStopped: system.hal.readPhysical(at, 1)[0],
    woken: system.of(EVENT.return, "peer").filter(({ a }) => a === CALL.wait).map(({ b, c }) => [b, c]), // prettier-ignore
    errors: ledgerErrors(system),
  };
}

describe("the end of a partition", () => {
  it.each([
    ["on another core", 1],
    ["on the same core, in its window", 0],
  ])("is told to its peer %s", (_, core) => {
    expect(stop(core)).toEqual({ isStopped: 1, woken: [[0, 1]], errors: [] });
  });

  it("would be a doorbell for nothing with the mistake nobody-is-told-of-the-dead", async () => {
    const mutant = createMutant("nobody-is-told-of-the-dead");
    try {
      expect(stop(0, await mutant.load<typeof Kernel>("kernel/index.js"))).toMatchObject({
        isStopped: 0,
        woken: [[0, 1]],
      });
    } finally {
      mutant.remove();
    }
  });
});
