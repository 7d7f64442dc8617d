import { describe, expect, it } from "vitest";
import type { DevicePlan, SystemPlan } from "../../dist/kernel/plan.js";
import { packImage, planForProgram, printPlan, systemName, unpackImage, verifyPlan } from "../../dist/system/index.js";
import { change, GOOD, load, PROGRAMS } from "./fixture.js";

const MIB = 1 << 20;

describe("a good description", () => {
  const plan = load(GOOD);
  const [api, sensor] = plan.partitions;

  it("resolves to a plan that is sound by itself", () => {
    expect(() => verifyPlan(plan, "system.toml")).not.toThrow();
  });

  it("gives the same plan every time", () => {
    expect(load(GOOD)).toEqual(plan);
  });

  it("has a machine of as many cores as are used, and the defaults", () => {
    expect(plan.name).toBe("system");
    expect(plan.machine).toEqual({ cores: 2, memoryBytes: 64 * MIB, frequencyHz: 1_000_000, timing: "flat", seed: 7 });
    expect(plan.cores).toEqual([
      { kind: "dedicated", partition: 1 },
      { kind: "dedicated", partition: 0 },
    ]);
  });

  it("gives each partition a block of its own at a multiple of 2 MiB, after the kernel's", () => {
    expect(api.memory).toEqual({ at: 2 * MIB, sizeBytes: 2 * MIB });
    expect(sensor.memory).toEqual({ at: 4 * MIB, sizeBytes: 4 * MIB });
    expect(plan.channels[0].links).toEqual([{ from: 0, to: 1, fromSide: 8 * MIB, toSide: 8 * MIB + 0x1000 }]);
  });

  it("has threads with all that they need to start", () => {
    const start = {
      id: 0,
      name: "main",
      rip: 0x401000n,
      rsp: 0x7f00_00ff_eff8n,
      entry: 0n,
      overrun: "catch up",
      wcetCycles: null,
    };
    expect(api.threads).toEqual([{ ...start, priority: 0, periodCycles: null, deadlineCycles: null }]);
    const periodic = { priority: 9, periodCycles: 10_000, deadlineCycles: 10_000 };
    // A position-independent program is moved so that the 2 MiB around its first page begin at 0x400000.
    expect(sensor.threads).toEqual([{ ...start, id: 1, rip: 0x401000n, ...periodic }]);
    expect(api.restart).toEqual({ action: "stop", limit: 0 });
    expect(sensor.restart).toEqual({ action: "restart", limit: 3 });
  });

  it("maps the channel with the rights of each end, shared, and the console privately", () => {
    const channelRights = (partition: typeof api) =>
      partition.regions
        .filter(({ kind }) => kind === "channel")
        .map(({ name, at, frames, sizeBytes, rights, shared }) => [
          name,
          at,
          frames,
          sizeBytes,
          rights.write ? "rw" : "r",
          shared,
        ]);
    const consoles = plan.channels.filter(({ name }) => name.endsWith(".console")).map(({ links }) => links[0]);
    const devices = ({ fromSide, toSide }: (typeof consoles)[number]) => [
      ["to devices", 0x7100_0000_0000n, fromSide, 5 * 4096, "rw", false],
      ["from devices", 0x7100_0000_6000n, toSide, 4096, "r", false],
    ];
    expect(channelRights(api)).toEqual([
      ...devices(consoles[0]),
      ["from sensor", 0x7100_0000_8000n, 8 * MIB, 4096, "r", true],
      ["to sensor", 0x7100_0000_a000n, 8 * MIB + 0x1000, 4096, "rw", true],
    ]);
    expect(channelRights(sensor)).toEqual([
      ...devices(consoles[1]),
      ["to api", 0x7100_0000_8000n, 8 * MIB, 4096, "rw", true],
      ["from api", 0x7100_0000_a000n, 8 * MIB + 0x1000, 4096, "r", true],
    ]);
  });

  it("numbers named channels first and consoles after them", () => {
    const from = (partition: number) => ({ role: "producer", owner: { kind: "partition", partition } });
    const to = (partition: number) => ({ role: "consumer", owner: { kind: "partition", partition } });
    const CONSOLE = { role: "consumer", owner: { kind: "device", device: 0 } };
    expect(
      plan.channels.map(({ id, name, kind, ends, slots, slotBytes, full }) => ({
        id,
        name,
        kind,
        ends,
        slots,
        slotBytes,
        full,
      })),
    ).toEqual([
      { id: 0, name: "orders", kind: "queue", ends: [from(1), to(0)], slots: 16, slotBytes: 100, full: 1 },
      { id: 1, name: "api.console", kind: "queue", ends: [from(0), CONSOLE], slots: 64, slotBytes: 256, full: 0 },
      { id: 2, name: "sensor.console", kind: "queue", ends: [from(1), CONSOLE], slots: 64, slotBytes: 256, full: 0 },
    ]);
    expect(api.channelEnds).toEqual([
      { channel: 1, end: 0 },
      { channel: 0, end: 1 },
    ]);
    expect(sensor.channelEnds).toEqual([
      { channel: 2, end: 0 },
      { channel: 0, end: 0 },
    ]);
  });

  it("never maps a page writable and executable, and leaves pages free on both sides of each stack", () => {
    for (const { regions } of plan.partitions) {
      for (const { rights } of regions) expect(rights.write && rights.execute).toBe(false);
      const stack = regions.find(({ kind }) => kind === "stack");
      const [start, end] = [stack?.at ?? 0n, (stack?.at ?? 0n) + BigInt(stack?.sizeBytes ?? 0)];
      for (const { at, sizeBytes, kind } of regions) {
        const isApart = at + BigInt(sizeBytes) <= start - 4096n || at >= end + 4096n;
        expect(isApart).toBe(kind !== "stack");
      }
    }
    expect(sensor.regions.find(({ kind }) => kind === "stack")?.sizeBytes).toBe(16384);
  });

  it("uses every byte of a block exactly once: tables, regions, and the heap takes the rest", () => {
    for (const { memory, tables, regions } of plan.partitions) {
      const own = regions.filter(({ shared }) => !shared).map(({ frames, sizeBytes }) => ({ at: frames, sizeBytes }));
      const extents = [tables, ...own].toSorted((a, b) => a.at - b.at);
      let next = memory.at;
      for (const { at, sizeBytes } of extents) {
        expect(at).toBe(next);
        next = at + sizeBytes;
      }
      expect(next).toBe(memory.at + memory.sizeBytes);
    }
  });

  it("tells each partition the same in its boot information as the plan says", () => {
    const page = sensor.regions.find(({ kind }) => kind === "boot-info");
    const view = new DataView(page?.contents.buffer ?? new ArrayBuffer(0));
    const heap = sensor.regions.find(({ kind }) => kind === "heap");
    expect(view.getUint32(0x18, true)).toBe(2);
    expect(view.getBigUint64(0x30, true)).toBe(BigInt(heap?.sizeBytes ?? -1));
    expect(view.getBigUint64(0x28, true)).toBe(heap?.at);
  });

  it("prints every default, address and right", () => {
    const text = printPlan(plan);
    for (const line of [
      "  memory     64 MiB",
      "core 0  dedicated to sensor",
      "  on fault   restart, at most 3 times",
      "    main (1), runs main, starts at 0x000000401000, stack 0x7f0000ffeff8, priority 9, period 10 ms (10000 cycles), deadline 10 ms (10000 cycles)",
      "    0x710000008000      4 KiB  rw-  frames 0x00800000  to api, shared",
      "    0x710000008000      4 KiB  r--  frames 0x00800000  from sensor, shared",
      "  side of sensor for api at 0x00800000",
      "  when full  refuse",
      "  0x00400000      4 MiB  partition sensor",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    expect(text).toMatchSnapshot();
  });
});

describe("neighbours", () => {
  it("change nothing inside a partition's block", () => {
    const alone = load(change("core = 1", 'core = 1\nmemory = "8 MiB"')).partitions[1];
    const before = load(GOOD).partitions[1];
    expect(alone.memory.at - before.memory.at).toBe(6 * MIB);
    const inside = (partition: typeof alone) =>
      partition.regions
        .filter(({ shared }) => !shared)
        .map((region) => ({ ...region, frames: region.frames - partition.memory.at }));
    expect(inside(alone)).toEqual(inside(before));
  });
});

describe("windows", () => {
  const text = `
[machine]
frequency = "1 MHz"
cores = 3
[partition.a]
class = "realtime"
program = "a.elf"
core = 1
[partition.a.thread.control]
entry = "control_loop"
period = "2 ms"
deadline = "1 ms"
priority = 255
stack = "4 KiB"
[partition.a.thread.main]
[partition.b]
class = "backend"
program = "a.elf"
core = 1
restart = "restart"
[core.1]
frame = "10 ms"
windows = [
  { partition = "b", start = "6 ms", length = "4000 cycles" },
  { partition = "a", start = "0 ms", length = "2 ms" },
  { partition = "a", start = "2 ms", length = "1 ms" },
]
`;
  it("are sorted, and may touch; cores without partitions are off", () => {
    const plan = load(text);
    verifyPlan(plan, "system.toml");
    expect(plan.cores).toEqual([
      { kind: "off" },
      {
        kind: "windows",
        frameCycles: 10_000,
        windows: [
          { partition: 0, startCycles: 0, lengthCycles: 2000 },
          { partition: 0, startCycles: 2000, lengthCycles: 1000 },
          { partition: 1, startCycles: 6000, lengthCycles: 4000 },
        ],
      },
      { kind: "off" },
    ]);
    expect(plan.partitions[1].restart).toEqual({ action: "restart", limit: Number.POSITIVE_INFINITY });
  });

  it("go with threads: one table each, in the order of the file", () => {
    const [a, b] = load(text).partitions;
    expect(a.threads).toEqual([
      {
        id: 0,
        name: "control",
        rip: 0x401000n,
        rsp: 0x7f00_00ff_eff8n,
        entry: 0x401004n,
        priority: 255,
        periodCycles: 2000,
        deadlineCycles: 1000,
        overrun: "catch up",
        wcetCycles: null,
      },
      {
        id: 1,
        name: "main",
        rip: 0x401000n,
        rsp: 0x7f00_01ff_eff8n,
        entry: 0n,
        priority: 0,
        periodCycles: null,
        deadlineCycles: null,
        overrun: "catch up",
        wcetCycles: null,
      },
    ]);
    expect(b.threads[0].id).toBe(2);
    expect(a.regions.filter(({ kind }) => kind === "stack").map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ["stack of control", 4096],
      ["stack of main", 65536],
    ]);
  });
});

describe("options", () => {
  it("replace the seed", () => {
    expect(load(GOOD, { seed: 99 }).machine.seed).toBe(99);
  });
});

describe("one program", () => {
  it("gets a partition of 16 MiB and a core of its own", () => {
    const plan = planForProgram(PROGRAMS["a.elf"], "out/hello.elf");
    verifyPlan(plan, "out/hello.elf");
    expect(plan.name).toBe("hello");
    expect(plan.cores).toEqual([{ kind: "dedicated", partition: 0 }]);
    expect(plan.machine.memoryBytes).toBe(18 * MIB);
    expect(plan.partitions[0]).toMatchObject({ name: "hello", core: 0, memory: { at: 2 * MIB, sizeBytes: 16 * MIB } });
    expect(plan.channels.map(({ name, kind }) => [name, kind])).toEqual([["hello.console", "queue"]]);
  });

  it("takes options, and says when they can't be", () => {
    const plan = planForProgram(PROGRAMS["a.elf"], "a.elf", {
      memoryBytes: MIB,
      stackBytes: 8192,
      seed: 5,
      frequencyHz: 2000,
    });
    expect(plan.machine).toMatchObject({ memoryBytes: 4 * MIB, seed: 5, frequencyHz: 2000 });
    expect(() => planForProgram(PROGRAMS["a.elf"], "a.elf", { memoryBytes: 1000 })).toThrow("memory can't be 1000 B");
    expect(() => planForProgram(PROGRAMS["large.elf"], "a.elf", { memoryBytes: MIB })).toThrow(
      /it needs \d+ KiB .*\n.*memory = "4 MiB"/,
    );
  });

  it.each([
    ["a/b/hello.elf", "hello"],
    ["C:\\x\\tour.toml", "tour"],
    ["my prog.elf", "my-prog"],
    ["9.elf", "system"],
    ["", "system"],
  ])("is named after its file: %s", (file, name) => {
    expect(systemName(file)).toBe(name);
  });
});

describe("the devices of a description", () => {
  const throws = (from: string): string => `[[channel]]\nname = "${from}s"\nfrom = "${from}"\nto = "api"\n`;
  const text = `${GOOD}[device.dice]\nkind = "entropy"\nseed = 6\n${throws("dice")}${throws("entropy")}`;
  const devices = load(text);

  it("come in the order of the file, before those that are there without a table", () => {
    expect(devices.devices).toEqual([
      { id: 0, name: "dice", kind: "entropy", options: { seed: 6 } },
      { id: 1, name: "entropy", kind: "entropy", options: { seed: null } },
      { id: 2, name: "console", kind: "console", options: {} },
    ]);
    const owners = devices.channels.map(({ ends }) => ends.find(({ owner }) => owner.kind === "device")?.owner);
    expect(owners.slice(1)).toEqual([0, 1, 2, 2].map((device) => ({ kind: "device", device })));
  });

  it("are printed", () => {
    expect(printPlan(devices)).toContain("device dice (0)\n  kind       entropy\n  seed       6\n");
    expect(printPlan(devices)).toContain("device entropy (1)\n  kind       entropy\n  seed       none\n");
    expect(printPlan(devices)).not.toContain("device console");
  });

  it("are in an image, and a forged one is refused", () => {
    const description = { file: "system.toml", text };
    expect(unpackImage(packImage({ plan: devices, description }), "x.img").plan).toEqual(devices);
    const forge = (change: Partial<DevicePlan>): SystemPlan => ({
      ...devices,
      devices: devices.devices.map((device, id) => (id === 0 ? { ...device, ...change } : device)),
    });
    for (const [change, problem] of [
      [{ id: 1 }, "device 0 has another number"],
      [{ options: {} }, "its options are not those of its kind"],
      [{ options: { seed: 6, more: 1 } }, "its options are not those of its kind"],
      [{ options: { seed: 0.5 } }, "it has an option that can't be"],
      [{ options: { seed: "6" } }, "it has an option that can't be"],
      [{ name: "entropy" }, 'a device can\'t be called "entropy"'],
      [{ kind: "console", options: {} }, "there is not one console"],
    ] as const)
      expect(() => verifyPlan(forge(change), "x.img")).toThrow(problem);
  });
});
