/**
 * Compiled ring code, as an automaton: what a partition does next, and where it stands after it.
 *
 * The kernel boots the system with the real page tables, layout and boot information. Each partition then runs on the
 * machine's reference engine from one synchronising access, fence or system call to the next; what lies between touches
 * nobody else. A place is a partition's private state (registers and memory) at such a point. It is found once: which
 * access comes next, and for each value that a load may bring, the place behind it. Exploring is then a walk over
 * numbers, at a million steps a second, and each instruction that it stands for is the shipped one, run by the machine.
 *
 * A core stops there by itself: no other core is behind it in the order (`nextCore` lies before it), and a store that
 * waits for ever stands in its store buffer, so synchronising accesses, locked instructions and system calls are put
 * off ("defer") before anything of them has happened.
 */
import { createHash } from "node:crypto";

/** Kinds of places: what comes next. */
export const Step = { Load: 0, Store: 1, Modify: 2, Fence: 3, Call: 4, Fault: 5, Endless: 6 };

const REGISTER_BYTES = 0xa0;
const [RAX, RDX, RSP, RSI, RDI, R10] = [0, 2, 4, 6, 7, 10];
const RIP = 16;
/** Instructions without an access to anything shared after which code counts as endless. */
const MOST_PRIVATE_INSTRUCTIONS = 50_000;
/** What lies so far below the stack pointer is dead. */
const RED_ZONE_BYTES = 128;
const PAGE = 4096;
const WAITING_STORE = { physical: 0, sizeBytes: 8, value: 0n, drainAt: Infinity };

/** A machine whose accesses are noted, with a kernel that has brought each partition to its first instruction. */
export function bootPrograms(library, description, readFile) {
  const { createMachine, flatProfile, createMachineHal, createKernel, createDevices, TraceStream, loadSystem } =
    library;
  const plan = loadSystem(description, "rings.toml", { readFile });
  const noted = [];
  const memory = {
    stateBytes: 8,
    access(_, kind, physical, sizeBytes) {
      noted.push({ kind, physical, sizeBytes });
      return 0;
    },
  };
  const machine = createMachine({
    cores: plan.machine.cores,
    ramBytes: plan.machine.memoryBytes,
    profile: { ...flatProfile, memory },
    engine: "reference",
    skipPolling: false,
  });
  const trace = new TraceStream(plan.machine.cores);
  // A core that is about to run its partition stays there.
  const parked = {
    ...machine,
    run: (supervisor, limits) =>
      machine.run((core, exit) => {
        supervisor(core, exit);
        if (core.activity === "running") core.activity = "off";
      }, limits),
  };
  const hal = createMachineHal({ machine: parked, trace, frequencyHz: plan.machine.frequencyHz });
  const devices = createDevices(plan.devices, [], {
    memory: hal,
    trace,
    seed: 1,
    now: () => 0,
    outlets: library.NO_OUTLETS,
  });
  const kernel = createKernel({ plan, hal, trace, devices, onDump() {} });
  kernel.boot();
  hal.run(kernel.supervisor, { until: 1_000_000 });
  return { plan, machine, noted };
}

/** Where the fields of a partition's boot information lie that change while it runs. */
function bootFields(library, plan, partition) {
  const { BOOT_INFO, BOOT_LINK, bootLinkOffset } = library;
  const { frames, sizeBytes } = partition.regions.find(({ kind }) => kind === "boot-info");
  const flags = [];
  for (let link = 0; link < 8; link++) {
    const at = frames + bootLinkOffset(partition.channelEnds.length, link);
    flags.push(at + BOOT_LINK.fields.is_quarantined.offset, at + BOOT_LINK.fields.is_stopped.offset);
  }
  return { frames, sizeBytes, generation: frames + BOOT_INFO.fields.generation.offset, flags };
}

/**
 * The automaton of one partition. `watchesBoot`: reads of its boot information are steps, too, since whether a link is
 * quarantined, or its peer has stopped, may change at any time.
 */
export function createProgram(library, { plan, machine, noted }, id, { watchesBoot }) {
  const { state, engine } = machine;
  const partition = plan.partitions[id];
  const core = state.cores[partition.core];
  const boot = bootFields(library, plan, partition);
  const registers = new Uint32Array(state.memory.buffer, core.id * 0x10000, REGISTER_BYTES / 4);
  const view = state.view;
  const ram = library.RAM_BASE;
  if (watchesBoot) machine.markSynchronising(boot.frames, boot.sizeBytes);
  core.hashSlot = -1;

  const isShared = (physical) => (state.frameFlags[physical >>> 12] & 1) !== 0;
  /** Private pages that the program writes: by frame, what they held at the start. */
  const pages = new Map();
  const stack = partition.regions.find(({ kind }) => kind === "stack");
  const register = (index) => view.getBigUint64(core.id * 0x10000 + 8 * index, true);
  const words = (frame) => new Int32Array(state.memory.buffer, ram + frame, PAGE / 4);

  const initialRegisters = registers.slice();
  /** What RAM held before anything ran: pages are noted when they are first written, so it is kept whole. */
  const own = new Int32Array(
    state.memory.buffer.slice(ram + partition.memory.at, ram + partition.memory.at + partition.memory.sizeBytes),
  );
  const initialPage = (frame) =>
    own.subarray((frame - partition.memory.at) / 4, (frame - partition.memory.at + PAGE) / 4);

  const places = [];
  const known = new Map();
  const beginnings = [];
  let instructions = 0;

  function noteWrites() {
    for (const { kind, physical } of noted)
      if (kind === "write" && !isShared(physical)) {
        const frame = physical - (physical % PAGE);
        if (!pages.has(frame)) pages.set(frame, { now: words(frame), initial: initialPage(frame) });
      }
  }

  /** Runs: up to the next point, or, with `isFirst`, one instruction (an iteration of a repetition). */
  function run(isFirst) {
    core.now = 1000;
    core.storeBuffer = isFirst ? [] : [WAITING_STORE];
    const turn = { at: isFirst ? Infinity : -1, core: 0 };
    noted.length = 0;
    const slice = library.createSlice({ instructions: isFirst ? 1 : MOST_PRIVATE_INSTRUCTIONS });
    slice.nextCore.at = slice.nextAccess.at = turn.at;
    if (isFirst) slice.until = core.now + 1;
    const { retired } = core;
    let end = engine.run(core.id, slice);
    // A repetition of a fresh instruction pays its start first, and then has no cycle left for an iteration.
    if (isFirst && end.kind === "limit" && core.retired === retired && noted.length === 0 && core.repeatStarted) {
      slice.until = core.now + 1;
      end = engine.run(core.id, slice);
    }
    instructions += core.retired - retired;
    noteWrites();
    return end;
  }

  /** The private state as numbers: registers, and words that differ from what they were at the start. */
  function capture(life) {
    engine.store(core.id);
    const rsp = Number(register(RSP) - BigInt(stack.at)) - RED_ZONE_BYTES;
    const found = [life, core.repeatStarted ? 1 : 0, ...registers];
    for (const [frame, { now, initial }] of pages) {
      const dead = frame >= stack.frames && frame < stack.frames + stack.sizeBytes ? stack.frames + rsp : 0;
      for (let i = 0; i < PAGE / 4; i++) {
        if (now[i] === initial[i]) continue;
        if (frame + 4 * i < dead) now[i] = initial[i];
        else found.push(frame + 4 * i, now[i]);
      }
    }
    return Int32Array.from(found);
  }

  /** The core stands at the registers in its register file. */
  function load() {
    core.blockIndex = 0;
    core.blockStart = 0n;
    engine.load(core.id);
  }

  function install(saved) {
    core.repeatStarted = saved[1] === 1;
    registers.set(new Uint32Array(saved.buffer, 8, REGISTER_BYTES / 4));
    for (const { now, initial } of pages.values()) now.set(initial);
    view.setUint32(ram + boot.generation, saved[0], true);
    for (let i = 2 + REGISTER_BYTES / 4; i < saved.length; i += 2) view.setInt32(ram + saved[i], saved[i + 1], true);
    load();
  }

  /** The number of the place where the core stands now. */
  function arrive(end, life) {
    const saved = capture(life);
    const key = Buffer.from(saved.buffer).toString("latin1") + end.kind;
    let number = known.get(key);
    if (number === undefined) {
      number = places.length;
      known.set(key, number);
      places.push({ saved, life, end, step: null, next: new Map() });
    }
    return number;
  }

  function readWords(physical, sizeBytes) {
    const low =
      sizeBytes >= 4
        ? view.getUint32(ram + physical, true)
        : sizeBytes === 2
          ? view.getUint16(ram + physical, true)
          : view.getUint8(ram + physical);
    return { low, high: sizeBytes === 8 ? view.getUint32(ram + physical + 4, true) : 0 };
  }

  function writeWords(physical, sizeBytes, low, high) {
    if (sizeBytes === 1) view.setUint8(ram + physical, low);
    else if (sizeBytes === 2) view.setUint16(ram + physical, low, true);
    else view.setUint32(ram + physical, low, true);
    if (sizeBytes === 8) view.setUint32(ram + physical + 4, high, true);
  }

  /** What comes next at a place: found by doing it, and going back. */
  function find(place) {
    const rip = () => Number(new DataView(place.saved.buffer).getBigUint64(8 + 8 * RIP, true));
    if (place.end.kind === "limit") return { kind: Step.Endless, rip: rip() };
    if (place.end.kind === "exit") return { kind: Step.Fault, rip: rip(), exit: place.end.exit };
    install(place.saved);
    const end = run(true);
    const shared = noted.filter(({ physical }) => isShared(physical));
    if (end.kind === "exit" && end.exit.kind === "syscall") {
      engine.store(core.id);
      const [number, first, second, third, fourth] = [RAX, RDI, RSI, RDX, R10].map(register);
      return { kind: Step.Call, rip: rip(), number: Number(number), arguments: [first, second, third, fourth] };
    }
    if (end.kind === "exit") return { kind: Step.Fault, rip: rip(), exit: end.exit };
    if (shared.length === 0) return { kind: Step.Fence, rip: rip() };
    if (shared.length > 1) throw new Error(`an instruction at 0x${rip().toString(16)} with two shared accesses`);
    const [{ kind, physical, sizeBytes }] = shared;
    if (kind === "read") return { kind: Step.Load, rip: rip(), physical, sizeBytes, isRepeated: place.saved[1] === 1 };
    const { low, high } = readWords(physical, sizeBytes);
    // Whether it depends on what was there before.
    install(place.saved);
    writeWords(physical, sizeBytes, ~low, ~high);
    run(true);
    const again = readWords(physical, sizeBytes);
    const modifies = again.low !== low || again.high !== high;
    return { kind: modifies ? Step.Modify : Step.Store, rip: rip(), physical, sizeBytes, low, high };
  }

  function stepAt(number) {
    const place = places[number];
    return (place.step ??= find(place));
  }

  /** The place behind an access; of a load or change, with what it finds. Of a change, also what it stores. */
  function after(number, low = 0, high = 0) {
    const place = places[number];
    const key = high === 0 ? low : `${high}:${low}`;
    const found = place.next.get(key);
    if (found !== undefined) return found;
    const step = stepAt(number);
    install(place.saved);
    if (step.physical !== undefined) writeWords(step.physical, step.sizeBytes, low, high);
    if (step.kind === Step.Call) {
      run(true);
      engine.store(core.id);
      view.setBigUint64(core.id * 0x10000 + 8 * RAX, BigInt(low), true);
      view.setBigUint64(core.id * 0x10000 + 8 * RDX, BigInt(high), true);
      load();
    } else run(true);
    const stored = step.kind === Step.Modify ? readWords(step.physical, step.sizeBytes) : null;
    const next = { place: arrive(run(false), place.life), stored };
    place.next.set(key, next);
    return next;
  }

  /** The place at which a life begins: 1 is the first. */
  function begin(life) {
    return (beginnings[life] ??= arriveAtStart(life));
  }

  function arriveAtStart(life) {
    for (const { now, initial } of pages.values()) now.set(initial);
    registers.set(initialRegisters);
    core.repeatStarted = false;
    view.setUint32(ram + boot.generation, life, true);
    load();
    return arrive(run(false), life);
  }

  return {
    id,
    partition,
    boot,
    begin,
    stepAt,
    after,
    lifeAt: (number) => places[number].life,
    /** The same for the same private state, whichever run has found it. */
    digestAt: (number) => createHash("md5").update(new Uint8Array(places[number].saved.buffer)).digest("hex"),
    /** What the boot information holds. */
    bootWords(physical, sizeBytes) {
      const at = (physical - partition.memory.at) >>> 0;
      const bytes = new DataView(own.buffer, at, sizeBytes);
      const low =
        sizeBytes === 1 ? bytes.getUint8(0) : sizeBytes === 2 ? bytes.getUint16(0, true) : bytes.getUint32(0, true);
      return [low, sizeBytes === 8 ? bytes.getUint32(4, true) : 0];
    },
    places: () => places.length,
    instructions: () => instructions,
  };
}
