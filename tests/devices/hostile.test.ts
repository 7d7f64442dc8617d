/** Callers that write anything into their side of a channel, at any time: what they can do to a device. */
import { describe, expect, it } from "vitest";
import { createDisplay } from "../../dist/devices/display.js";
import { NO_OUTLETS } from "../../dist/devices/index.js";
import { createStore } from "../../dist/devices/store/index.js";
import { createRandom } from "../../tools/silicon/random.mjs";
import { createCaller, FIELD, type Caller } from "./caller.js";

const SIZES = { slots: 4, slotBytes: 64, replyBytes: 64 };
const TURNS = 3000;

const STORE = (): Caller<unknown> =>
  createCaller(SIZES, (host) =>
    createStore(
      { ...host, name: "disk", outlets: NO_OUTLETS },
      {
        file: null,
        size: 4096,
        sector: 16,
        create: false,
        writes: "file",
        read_latency: 100,
        write_latency: 10,
        flush_latency: 1000,
      },
    ),
  ) as Caller<unknown>;
const DISPLAY = (): Caller<unknown> =>
  createCaller(SIZES, (host) =>
    createDisplay({ ...host, frequencyHz: 1_000_000 }, { width: 4, height: 3, refresh: 60 }),
  ) as Caller<unknown>;

describe.each([
  ["a store", STORE],
  ["a display", DISPLAY],
] as const)("%s with a caller that writes anything", (_, create) => {
  it.each([1, 2, 3])("stays within its memory, and ends each turn: seed %i", (seed) => {
    const random = createRandom(seed);
    const corners = (): number =>
      random.pick([0, 1, 3, 4, 5, 16, 64, 65, 0xffff, 0x7fff_ffff, 0xffff_ffff, random.bits()]);
    const outcomes = new Set<string>();
    let caller = create();
    let now = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      // An honest request, of which a word or two may become anything.
      const message = new Uint8Array(16 + 16 * random.below(4));
      const view = new DataView(message.buffer);
      for (let word = 0; word < 3; word++) view.setUint32(4 * word, random.below(6), true);
      caller.request(message.subarray(0, 64));
      for (let count = random.below(3); count > 0; count--)
        caller.set(4 * random.below(caller.sideBytes / 4), corners());
      if (random.chance(8)) caller.set(random.pick([FIELD.tail, FIELD.head, FIELD.itemEvent]), corners());
      const outcome = caller.ring();
      outcomes.add(outcome);
      now += random.below(2000);
      outcomes.add(caller.wait(now));
      // The kernel asks no more of a channel that it has quarantined.
      if (outcome === "violation") caller = create();
      else if (random.chance(3)) caller.take(8);
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(["ok", "violation", "quiet"]));
  });
});
