import { Packr } from "msgpackr/pack";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../dist/errors.js";
import type { PartitionPlan, RegionPlan, SystemPlan } from "../../dist/kernel/plan.js";
import { crc32 } from "../../dist/system/image/crc32.js";
import { isImage, packImage, unpackImage, verifyPlan } from "../../dist/system/index.js";
import { isPlainMessagePack, MAX_VALUES } from "../../dist/system/image/plain-message-pack.js";
import { GOOD, load } from "./fixture.js";

const DESCRIPTION = { file: "system.toml", text: GOOD };
const plan = load(`${GOOD}\n[partition.api.thread.main]\n[partition.api.thread.loop]\nentry = "control_loop"\n`);
const image = packImage({ plan, description: DESCRIPTION });

const refusal = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.place.file).toBe("x.img");
    return error.problem;
  }
  throw new Error("it was accepted");
};

/** The image with bytes changed and its checksum right again. */
function forged(change: (bytes: Uint8Array, view: DataView) => void): Uint8Array {
  const bytes = image.slice();
  const view = new DataView(bytes.buffer);
  change(bytes, view);
  view.setUint32(0x0c, crc32(bytes.subarray(0x10)), true);
  return bytes;
}

describe("the checksum", () => {
  it("is CRC-32", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });
});

describe("an image", () => {
  it("gives back plan and description as they were", () => {
    const { plan: unpacked, description } = unpackImage(image, "x.img");
    expect(unpacked).toEqual(plan);
    expect(description).toEqual(DESCRIPTION);
  });

  it("keeps an unlimited restart and large numbers", () => {
    const text = GOOD.replace("limit = 3", "")
      .replace('"restart", ', '"restart"')
      .replace("seed = 7", `seed = ${2 ** 53 - 1}`);
    const large = load(text.replace('"1 MHz"', '"100 GHz"'));
    expect(large.partitions[1].restart.limit).toBe(Number.POSITIVE_INFINITY);
    expect(unpackImage(packImage({ plan: large, description: DESCRIPTION }), "x.img").plan).toEqual(large);
  });

  it("is the same bytes for the same plan, also for one that came out of an image", () => {
    expect(packImage({ plan, description: DESCRIPTION })).toEqual(image);
    expect(packImage(unpackImage(image, "x.img"))).toEqual(image);
  });

  it("stores equal contents once", () => {
    const text = (cores: number): string =>
      Array.from(
        { length: cores },
        (_, core) => `[partition.p${core}]\nclass = "backend"\nprogram = "a.elf"\ncore = ${core}\n`,
      ).join("");
    const size = (cores: number): number =>
      packImage({ plan: load(text(cores)), description: { file: "", text: "" } }).length;
    // A boot-information page and some plan each, but no second copy of the program.
    expect(size(9) - size(8)).toBeLessThan(4096 + 2500);
  });

  it("is told from a description by its first bytes", () => {
    expect(isImage(image)).toBe(true);
    expect(isImage(new TextEncoder().encode(GOOD))).toBe(false);
    expect(isImage(new Uint8Array(0))).toBe(false);
  });
});

describe("an image is refused, with the reason,", () => {
  it.each<[string, () => Uint8Array, string]>([
    ["that is none", () => new TextEncoder().encode(GOOD), "it is not an image of Hallows"],
    ["that is empty", () => new Uint8Array(0), "it is not an image of Hallows"],
    ["that ends in its header", () => image.slice(0, 20), "it is cut off"],
    ["that is cut off", () => image.slice(0, -1), `it should have ${image.length} bytes, and has ${image.length - 1}`],
    ["that has more behind it", () => Uint8Array.from([...image, 0]), `and has ${image.length + 1}`],
    ["with a changed bit", () => image.with(image.length - 5, image[image.length - 5] ^ 1), "its checksum is wrong"],
    ["of another version", () => image.with(8, 1), "an image of version 1, and this Hallows reads version 4"],
    [
      "of another ABI",
      () => forged((_, view) => view.setUint32(0x1c, 9, true)),
      "ABI version 9, and this kernel speaks 2",
    ],
    [
      "with too many sections",
      () => forged((_, view) => view.setUint32(0x18, 0xffffffff, true)),
      "its parts do not fit",
    ],
    ["with too long a plan", () => forged((_, view) => view.setUint32(0x14, 0xfffffff0, true)), "its parts do not fit"],
    [
      "with a section behind its end",
      () => forged((_, view) => view.setUint32(0x24, 0xffffffff, true)),
      "its section 0 does not fit",
    ],
    ["with no plan", () => forged((_, view) => view.setUint32(0x14, 0, true)), "not plain MessagePack"],
  ])("%s", (_, bytes, expected) => {
    expect(refusal(() => unpackImage(bytes(), "x.img"))).toContain(expected);
  });
});

describe("an image that would fill the host's memory", () => {
  /** The image with another MessagePack part, whose lengths and checksum are right. */
  const withHead = (head: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(32 + head.length);
    bytes.set(image.subarray(0, 32));
    bytes.set(head, 32);
    const view = new DataView(bytes.buffer);
    view.setUint32(0x10, bytes.length, true);
    view.setUint32(0x14, head.length, true);
    view.setUint32(0x18, 0, true);
    view.setUint32(0x0c, crc32(bytes.subarray(0x10)), true);
    return bytes;
  };

  it("is refused before it is decoded", () => {
    const head = new Uint8Array(32 * 1024 * 1024).fill(0x80);
    head.set([0xdd, 0x01, 0xff, 0xff, 0xfb]);
    const bytes = withHead(head);
    const before = process.memoryUsage().heapUsed;
    expect(refusal(() => unpackImage(bytes, "x.img"))).toContain("not plain MessagePack, or too much of it");
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("is complained about once, however much is wrong in it", () => {
    const symbols = Array.from({ length: 60_000 }, () => ({}));
    const partitions = Array.from({ length: 16 }, () => ({ symbols }));
    const head = new Packr({ useRecords: false, variableMapSize: true }).pack({ description: 0, plan: { partitions } });
    const started = performance.now();
    expect(refusal(() => unpackImage(withHead(head), "x.img"))).toContain("its plan has a wrong field");
    // A complaint an element took a minute, and gigabytes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("can't be made of programs with too many symbols", () => {
    const symbols = Array.from({ length: 65536 }, (_, i) => ({ name: `f${i}`, at: BigInt(i), sizeBytes: 1 }));
    const partitions = Array.from({ length: 4 }, () => ({ ...plan.partitions[0], symbols }));
    const large = { ...plan, partitions };
    expect(() => packImage({ plan: large, description: DESCRIPTION })).toThrow("too many function symbols");
  });
});

describe("MessagePack is plain", () => {
  const packr = new Packr({ useRecords: false, variableMapSize: true });
  it.each([
    [null],
    [[1, -1, 1.5, 2 ** 40, "x".repeat(300)]],
    [{ a: { b: [true, false] } }],
    [Array.from({ length: 70000 }, () => 0)],
  ])("when it is made of %j", (value) => {
    expect(isPlainMessagePack(packr.pack(value))).toBe(true);
  });

  const manyMaps = (count: number): Uint8Array => {
    const bytes = new Uint8Array(count + 5).fill(0x80);
    new DataView(bytes.buffer).setUint32(1, count);
    bytes[0] = 0xdd;
    return bytes;
  };
  const permutations = (keys: readonly string[]): Record<string, number>[] =>
    keys.length === 0
      ? [{}]
      : keys.flatMap((key) =>
          permutations(keys.filter((other) => other !== key)).map((rest) => ({ [key]: 0, ...rest })),
        );

  it("when it has as many values as there may be", () => {
    expect(isPlainMessagePack(packr.pack(Array.from({ length: MAX_VALUES - 1 }, () => 0)))).toBe(true);
  });

  const deep = (depth: number): unknown => (depth === 0 ? 0 : [deep(depth - 1)]);
  it.each<[string, Uint8Array]>([
    ["an extension", new Packr().pack(new Date(0))],
    ["a record", new Packr({ useRecords: true }).pack({ a: 1 })],
    ["bytes", packr.pack(new Uint8Array(3))],
    ["a 64-bit integer", packr.pack(1n << 60n)],
    ["too deep a nesting", packr.pack(deep(20))],
    ["a key that is no text", Uint8Array.of(0x81, 0x01, 0x02)],
    ["an array longer than the bytes", Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
    ["a map longer than the bytes", Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff, 0xa0)],
    ["text longer than the bytes", Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff)],
    ["a length that is cut off", Uint8Array.of(0xdc, 0x00)],
    ["a value and a half", Uint8Array.of(0xc0, 0xc0)],
    ["nothing", new Uint8Array(0)],
    ["millions of tiny maps", manyMaps(32 * 1024 * 1024)],
    ["a value more than there may be", packr.pack(Array.from({ length: MAX_VALUES }, () => 0))],
    ["a key that is long", packr.pack({ ["k".repeat(32)]: 1 })],
    ["a map of many keys", packr.pack(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 0])))],
    ["keys that always differ", packr.pack(Array.from({ length: 65 }, (_, i) => ({ [`k${i}`]: 0 })))],
    ["keys in ever another order", packr.pack(permutations(["a", "b", "c", "d", "e"]))],
  ])("but not with %s", (_, bytes) => {
    expect(isPlainMessagePack(bytes)).toBe(false);
  });
});

describe("a forged plan is refused when", () => {
  type Change<T> = (value: T) => T;
  const partition = (index: number, change: Change<PartitionPlan>): SystemPlan => ({
    ...plan,
    partitions: plan.partitions.map((old, i) => (i === index ? change(old) : old)),
  });
  const region = (isIt: (region: RegionPlan) => boolean, change: Partial<RegionPlan>): SystemPlan => {
    if (!plan.partitions[0].regions.some(isIt)) throw new Error("no such region");
    return partition(0, (old) => ({ ...old, regions: old.regions.map((r) => (isIt(r) ? { ...r, ...change } : r)) }));
  };
  const named = (name: string) => (candidate: RegionPlan) => candidate.name === name;
  const addRegion = (added: Partial<RegionPlan>): SystemPlan =>
    partition(0, (old) => ({
      ...old,
      regions: [
        ...old.regions,
        { ...old.regions[0], kind: "program", at: 0x50_0000n, contents: new Uint8Array(0), ...added },
      ],
    }));
  const [api, sensor] = plan.partitions;
  /** The whole block, with what is in it. */
  const moveSensor = (byBytes: number): SystemPlan => ({
    ...partition(1, (old) => ({
      ...old,
      memory: { ...old.memory, at: old.memory.at + byBytes },
      tables: { ...old.tables, at: old.tables.at + byBytes },
      regions: old.regions.map((r) => (r.shared ? r : { ...r, frames: r.frames + byBytes })),
    })),
    channels: plan.channels.map((c) =>
      c.name === "sensor.console"
        ? {
            ...c,
            links: c.links.map((l) => ({ ...l, fromSide: l.fromSide + byBytes, toSide: (l.toSide ?? 0) + byBytes })),
          }
        : c,
    ),
  });
  const rw = { write: true, execute: false };

  it.each<[string, SystemPlan, string]>([
    [
      "code is writable",
      region(named("code"), { rights: { write: true, execute: true } }),
      '"code" of partition "api" is writable and executable',
    ],
    ["the heap is executable", region(named("heap"), { rights: { write: false, execute: true } }), "is executable"],
    ["a stack is read-only", region(named("stack of main"), { rights: { write: false, execute: false } }), "stack 0"],
    ["boot information is writable", region(named("boot information"), { rights: rw }), "boot information"],
    [
      "boot information lies",
      region(named("boot information"), { contents: new Uint8Array(4096) }),
      "boot information",
    ],
    ["private memory is marked shared", region(named("heap"), { shared: true }), '"heap" of partition "api" is shared'],
    ["a channel is not marked shared", region(named("from sensor"), { shared: false }), "not mapped as they must be"],
    [
      "the consumer may write the producer's side",
      region(named("from sensor"), { rights: rw }),
      "not mapped as they must be",
    ],
    [
      "a partition may write what devices do",
      region(named("from devices"), { rights: rw }),
      "not mapped as they must be",
    ],
    [
      "a channel does not begin empty",
      region(named("to sensor"), { contents: new Uint8Array(64) }),
      "not mapped as they must be",
    ],
    [
      "a channel's frames are another's",
      region(named("from sensor"), { frames: sensor.memory.at }),
      "not mapped as they must be",
    ],
    [
      "a block has another writer",
      { ...plan, blocks: plan.blocks.map((b) => ({ ...b, writer: 0, readers: [1] })) },
      "not those of its channels",
    ],
    [
      "a block is elsewhere",
      { ...plan, blocks: plan.blocks.map((b) => ({ ...b, frames: b.frames + 4096 })) },
      "mapped",
    ],
    [
      "a side is elsewhere",
      { ...plan, channels: plan.channels.map((c) => ({ ...c, links: c.links.map((l) => ({ ...l, fromSide: 0 })) })) },
      "has its sides elsewhere",
    ],
    [
      "a full policy is not of the kind",
      { ...plan, channels: plan.channels.map((c) => (c.id === 0 ? { ...c, kind: "sampling" as const, full: 0 } : c)) },
      "a full policy that its kind lacks",
    ],
    ["a region has the kernel's frames", region(named("heap"), { frames: 0 }), "outside of its memory"],
    ["a region has a neighbour's frames", region(named("heap"), { frames: sensor.memory.at }), "outside of its memory"],
    ["a region has its page tables' frames", addRegion({ frames: api.tables.at }), "overlap"],
    ["two regions have the same frames", addRegion({ frames: api.regions[3].frames }), "overlap"],
    [
      "two regions have the same addresses",
      addRegion({ at: 0x401000n, frames: api.memory.at + api.memory.sizeBytes - 4096 }),
      "overlap",
    ],
    ["a region is in the guard page of a stack", addRegion({ at: 0x7f00_00ff_f000n }), "the program of partition"],
    ["a region is no whole page", region(named("heap"), { sizeBytes: 100 }), "parts of pages"],
    ["a region is not aligned", addRegion({ at: 0x50_0001n }), "not aligned"],
    ["a region has more contents than room", addRegion({ contents: new Uint8Array(5000) }), "more contents than room"],
    [
      "page tables are too few",
      partition(0, (old) => ({ ...old, tables: { ...old.tables, sizeBytes: 4096 } })),
      "too few page tables",
    ],
    [
      "page tables are elsewhere",
      partition(0, (old) => ({ ...old, tables: { ...old.tables, at: 0 } })),
      "outside of its memory",
    ],
    [
      "blocks overlap",
      partition(0, (old) => ({ ...old, memory: { at: old.memory.at, sizeBytes: 6 << 20 } })),
      "overlap",
    ],
    [
      "a block is not aligned",
      partition(0, (old) => ({ ...old, memory: { at: old.memory.at - 4096, sizeBytes: old.memory.sizeBytes + 4096 } })),
      "not aligned to 2 MiB",
    ],
    [
      "the machine has too little memory",
      { ...plan, machine: { ...plan.machine, memoryBytes: 4 << 20 } },
      "machine.memory: the machine has 4 MiB of memory, and 10 MiB are needed",
    ],
    ["a partition lies behind the end of memory", moveSensor(64 << 20), "outside of the machine's memory"],
    [
      "a thread starts in data",
      partition(0, (old) => ({ ...old, threads: old.threads.map((t) => ({ ...t, rip: 0x402000n })) })),
      "starts outside of its program",
    ],
    [
      "a thread's entry is nowhere",
      partition(0, (old) => ({ ...old, threads: old.threads.map((t) => ({ ...t, entry: 1n })) })),
      "entry outside of its program",
    ],
    [
      "a thread's stack pointer is wrong",
      partition(0, (old) => ({ ...old, threads: old.threads.map((t) => ({ ...t, rsp: 0n })) })),
      "wrong stack pointer",
    ],
    [
      "two threads have one number",
      partition(0, (old) => ({ ...old, threads: old.threads.map((t) => ({ ...t, id: 0 })) })),
      "another number",
    ],
    [
      "a deadline has no period",
      partition(0, (old) => ({ ...old, threads: old.threads.map((t) => ({ ...t, deadlineCycles: 5 })) })),
      'partition.api.thread.main.deadline: thread "main" has a deadline and no period',
    ],
    ["a partition has no threads", partition(0, (old) => ({ ...old, threads: [] })), "one stack a thread"],
    [
      "a partition has no console",
      partition(0, (old) => ({ ...old, channelEnds: old.channelEnds.slice(1) })),
      "has not the channel ends",
    ],
    [
      "a partition has another's console",
      partition(0, (old) => ({ ...old, channelEnds: sensor.channelEnds })),
      "has not the channel ends",
    ],
    [
      "a partition takes the other end",
      partition(0, (old) => ({ ...old, channelEnds: old.channelEnds.map((e) => ({ ...e, end: 0 })) })),
      "has not the channel ends",
    ],
    [
      "a partition lacks an end",
      partition(0, (old) => ({ ...old, channelEnds: old.channelEnds.slice(0, 1) })),
      "has not the channel ends",
    ],
    ["a partition is on no core", { ...plan, cores: [{ kind: "off" }, plan.cores[1]] }, "no time on any core"],
    [
      "a partition is on two cores",
      { ...plan, cores: [plan.cores[1], plan.cores[1]] },
      "runs a partition of another core",
    ],
    ["cores are too few", { ...plan, cores: [plan.cores[0]] }, "not as many as the machine has"],
    ["two partitions have one name", partition(0, (old) => ({ ...old, name: "sensor" })), "same name"],
    ["a name is no name", partition(0, (old) => ({ ...old, name: "a b" })), '"a b" can\'t be a name'],
    [
      "a console has another's name",
      { ...plan, channels: plan.channels.map((c) => (c.name.endsWith(".console") ? { ...c, name: "x.console" } : c)) },
      "can't be a name",
    ],
    [
      "a channel is larger than it says",
      { ...plan, channels: plan.channels.map((c) => ({ ...c, slots: 64 })) },
      "not mapped as they must be",
    ],
    [
      "windows overlap",
      {
        ...plan,
        cores: [
          {
            kind: "windows",
            frameCycles: 10_000,
            windows: [
              { partition: 1, startCycles: 0, lengthCycles: 6000 },
              { partition: 1, startCycles: 5000, lengthCycles: 2000 },
            ],
          },
          plan.cores[1],
        ],
      },
      'core.0.windows.1.start: the window of "sensor" starts at "5 ms", inside the one of "sensor"',
    ],
    [
      "a window leaves the frame",
      {
        ...plan,
        cores: [
          { kind: "windows", frameCycles: 10, windows: [{ partition: 1, startCycles: 5, lengthCycles: 6 }] },
          plan.cores[1],
        ],
      },
      'core.0.windows.0.length: the window ends at "11 us", after the end of the frame of "10 us"',
    ],
    [
      "a window is no longer than the switch into it",
      {
        ...plan,
        cores: [
          {
            kind: "windows",
            frameCycles: 10_000,
            windows: [{ partition: 1, startCycles: 0, lengthCycles: 600 }],
          },
          plan.cores[1],
        ],
      },
      'core.0.windows.0.length: a window of partition "sensor" on core 0 has 600 cycles',
    ],
  ])("%s", (_, forgedPlan, expected) => {
    expect(refusal(() => verifyPlan(forgedPlan, "x.img"))).toContain(expected);
    // And the same through an image with a right checksum.
    expect(refusal(() => unpackImage(packImage({ plan: forgedPlan, description: DESCRIPTION }), "x.img"))).toContain(
      expected,
    );
  });
});
