/**
 * Unicorn beside our engines: each program runs on the reference engine, on the translating engine and in Unicorn, and
 * registers, defined flags, RIP and memory are compared at its end, or before the instruction at which it faults or at
 * which the limit is reached.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flagMask } from "../silicon/layout.mjs";

const SOURCE = fileURLToPath(new URL("driver.c", import.meta.url));
const CACHE = fileURLToPath(new URL("../../.cache/unicorn", import.meta.url));
const LIMIT = 20_000;
const RAM_BYTES = 0x100000;
const TABLES_END = 0x20000;
const COMPARED_FLAGS = BigInt(flagMask("oszapcd"));
const INPUT_WORDS = 22;
const OUTPUT_WORDS = 19;
const REGISTERS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ");
/** Places in `areas` of what a program may write. */
const WRITABLE = [1, 3];
/**
 * UC_ERR_READ_UNMAPPED: Unicorn 2.0.1 says so of mapped memory in one program of some thousand, where we don't fault.
 */
const READ_UNMAPPED = 6;
const MOST_OUTPUT_BYTES = 1 << 30;

/** Builds the driver into .cache/ (once per version of its source). Returns `{ path }` or `{ reason }` why it can't. */
export function buildDriver() {
  const version = createHash("sha256").update(readFileSync(SOURCE)).digest("hex").slice(0, 16);
  const path = join(CACHE, `driver-${version}`);
  if (!existsSync(path)) {
    mkdirSync(CACHE, { recursive: true });
    const fresh = `${path}.${process.pid}`;
    try {
      execFileSync("gcc", ["-O2", "-Wall", "-o", fresh, SOURCE, "-lunicorn"], { stdio: ["ignore", "pipe", "pipe"] });
    } catch (error) {
      if (error.code === "ENOENT") return { reason: "gcc is not installed" };
      return {
        reason: `libunicorn is not installed (Debian: libunicorn-dev), or gcc failed: ${error.stderr ?? error}`,
      };
    }
    renameSync(fresh, path);
  }
  const probe = spawnSync(path, { input: "" });
  if (probe.status !== 0) return { reason: String(probe.stderr).trim() || `the driver ended with ${probe.status}` };
  return { path };
}

/** One of our engines: `run(program, instructions)` gives its outcome. */
export function createEngineSide(library, engineName) {
  const { createMachine, createSlice, createTables, mapPages, RAM_BASE, RIP_OFFSET, RFLAGS_OFFSET, FS_BASE_OFFSET } =
    library;
  const machine = createMachine({ cores: 1, ramBytes: RAM_BYTES, engine: engineName, hotRuns: 2 });
  const { state, engine } = machine;
  const { view } = state;
  const [core] = state.cores;
  let places = null;

  function mapAreas(areas) {
    const arena = { next: 0, end: TABLES_END };
    const root = createTables(state, arena);
    let next = TABLES_END;
    places = areas.map(({ at, bytes, rights }) => {
      const place = next;
      next += bytes.length;
      mapPages(state, root, arena, BigInt(at), place, bytes.length, rights);
      return place;
    });
    machine.switchTables(core, root);
    core.activity = "running";
  }

  function run(program, instructions) {
    if (places === null) mapAreas(program.areas);
    program.areas.forEach(({ bytes }, i) => machine.writeRam(places[i], bytes));
    program.registers.forEach((value, i) => view.setBigUint64(8 * i, value, true));
    view.setBigUint64(RIP_OFFSET, BigInt(program.entry), true);
    view.setBigUint64(RFLAGS_OFFSET, program.flags, true);
    program.segmentBases.forEach((value, i) => view.setBigUint64(FS_BASE_OFFSET + 8 * i, value, true));
    Object.assign(core, { blockStart: 0n, blockIndex: 0, repeatStarted: false });
    engine.load(0);
    const { retired } = core;
    const before = engine.counts?.translated ?? 0;
    const slice = createSlice({ instructions });
    const result = engine.run(0, slice);
    engine.store(0);
    const hasEnded = result.kind === "exit" && result.exit.kind === "breakpoint";
    const rip = view.getBigUint64(RIP_OFFSET, true);
    return {
      hasEnded,
      hasFaulted: result.kind === "exit" && result.exit.kind === "fault",
      retired: core.retired - retired - (hasEnded ? 1 : 0),
      translated: (engine.counts?.translated ?? 0) - before,
      registers: REGISTERS.map((_, i) => view.getBigUint64(8 * i, true)),
      rip: hasEnded ? rip - 1n : rip,
      flags: view.getBigUint64(RFLAGS_OFFSET, true),
      memory: WRITABLE.map((i) => {
        const at = RAM_BASE + places[i];
        return Buffer.from(state.bytes.slice(at, at + program.areas[i].bytes.length));
      }),
    };
  }

  return { name: engineName, run };
}

/** Runs programs in Unicorn: `stops[i]` instructions of program i, 0 for all. Returns outcomes as `run` does. */
export function runInUnicorn(path, programs, stops) {
  const parts = [];
  programs.forEach(({ entry, end, registers, flags, segmentBases, areas }, i) => {
    const head = new BigUint64Array(INPUT_WORDS);
    head.set([BigInt(entry), BigInt(end), BigInt(stops[i]), ...registers, flags, ...segmentBases]);
    parts.push(Buffer.from(head.buffer), ...areas.map(({ bytes }) => bytes));
  });
  const { status, stdout, stderr, signal } = spawnSync(path, {
    input: Buffer.concat(parts),
    maxBuffer: MOST_OUTPUT_BYTES,
  });
  if (status !== 0) throw new Error(`the driver of Unicorn ended with ${signal ?? status}: ${stderr}`);
  let at = 0;
  return programs.map(({ areas }) => {
    const words = Array.from({ length: OUTPUT_WORDS }, (_, i) => stdout.readBigUInt64LE(at + 8 * i));
    at += 8 * OUTPUT_WORDS;
    const memory = WRITABLE.map((i) => {
      const bytes = stdout.subarray(at, at + areas[i].bytes.length);
      at += bytes.length;
      return bytes;
    });
    return { error: Number(words[0]), registers: words.slice(1, 17), rip: words[17], flags: words[18], memory };
  });
}

/** Lines of what differs between two outcomes. */
export function compareOutcomes(program, ours, theirs) {
  const lines = [];
  const show = (name, a, b) => {
    if (a !== b) lines.push(`${name.padEnd(6)} ${a.toString(16)} | ${b.toString(16)}`);
  };
  // Where ours was stopped before a fault, Unicorn may have looked at what comes next.
  if (theirs.error !== undefined && theirs.error !== 0 && ours.hasEnded)
    lines.push(`Unicorn stopped with error ${theirs.error}`);
  REGISTERS.forEach((name, i) => show(name, ours.registers[i], theirs.registers[i]));
  show("rip", ours.rip, theirs.rip);
  const mask = COMPARED_FLAGS & ~BigInt(program.undefinedAt.get(Number(ours.rip)) ?? flagMask("oszapc"));
  show("flags", ours.flags & mask, theirs.flags & mask);
  ours.memory.forEach((bytes, i) => {
    const other = theirs.memory[i];
    if (bytes.equals(other)) return;
    for (let at = 0, shown = 0; at < bytes.length && shown < 8; at++)
      if (bytes[at] !== other[at]) {
        shown++;
        lines.push(
          `memory ${(program.areas[WRITABLE[i]].at + at).toString(16)}: ${bytes[at].toString(16)} | ${other[at].toString(16)}`,
        );
      }
  });
  return lines;
}

/**
 * Where Unicorn first differs: it runs to each address that the program reaches, in the order in which it does so for
 * the first time.
 */
function findFirst(path, reference, program, { retired }) {
  const firsts = new Map();
  let last = -1;
  for (let count = 1; count <= retired && firsts.size < 1000; count++) {
    const { rip } = reference.run(program, count);
    if (rip !== BigInt(program.entry) && !firsts.has(rip)) firsts.set(rip, { count, from: last });
    last = rip;
  }
  const stops = [...firsts.keys()];
  const theirs = runInUnicorn(
    path,
    stops.map((end) => ({ ...program, end })),
    stops.map(() => 0),
  );
  for (const [i, end] of stops.entries()) {
    const { count, from } = firsts.get(end);
    const lines = compareOutcomes(program, reference.run(program, count), theirs[i]);
    if (lines.length > 0) return [`first after instruction ${count}, at ${from.toString(16)}:`, ...lines];
  }
  return [];
}

/**
 * Judges programs; `counts` is added to. Returns null or the first difference, as text. `create(index)` gives a
 * program; `sides` are the reference engine and the translating one.
 */
export function judgePrograms({ path, sides, create, first, count, counts, describe }) {
  const [reference, translating] = sides;
  const programs = [];
  const outcomes = [];
  for (let index = first; index < first + count; index++) {
    const program = create(index);
    const limit = reference.run(program, LIMIT);
    if (!limit.hasEnded && program.hasRepeats) {
      counts.passedOver++;
      continue;
    }
    programs.push({ ...program, stop: limit.hasEnded ? 0 : limit.retired });
    outcomes.push(limit);
    counts.programs++;
    counts.instructions += limit.retired;
    if (limit.hasEnded) counts.ended++;
    if (program.hasRepeats) counts.repeats++;
    const other = translating.run(program, limit.hasEnded ? LIMIT : limit.retired);
    counts.translated += other.translated;
    const lines = compareOutcomes(program, limit, other);
    if (lines.length > 0) return describe(program, lines, "reference | translated");
  }
  const theirs = runInUnicorn(
    path,
    programs,
    programs.map(({ stop }) => stop),
  );
  for (const [i, program] of programs.entries()) {
    // Nothing retired: Unicorn would take 0 for "all".
    if (program.stop === 0 && !outcomes[i].hasEnded) continue;
    if (theirs[i].error === READ_UNMAPPED) {
      counts.gaveUp++;
      continue;
    }
    const lines = compareOutcomes(program, outcomes[i], theirs[i]);
    if (lines.length === 0) continue;
    return describe(program, [...lines, ...findFirst(path, reference, program, outcomes[i])], "ours | Unicorn");
  }
  return null;
}

export const createCounts = () => ({
  programs: 0,
  passedOver: 0,
  gaveUp: 0,
  ended: 0,
  repeats: 0,
  instructions: 0,
  translated: 0,
});

/** Text of a difference: the program, and how to repeat it. */
export function createDescriber(isa) {
  return (program, lines, names) => {
    const { bytes } = program.areas[0];
    const listing = program.placed
      .toSorted((one, other) => one.address - other.address)
      .map(({ address, length }) => {
        const code = bytes.subarray(address - program.areas[0].at, address - program.areas[0].at + length);
        const { kind, instruction } = isa.decode(code, 0, code.length);
        const text = kind === "instruction" ? isa.formatInstruction(instruction, BigInt(address)) : `(${kind})`;
        return `  ${address.toString(16)}  ${Buffer.from(code).toString("hex").padEnd(24)} ${text}`;
      });
    return [`seed ${program.seed}, program ${program.index}, ${names}`, ...lines, ...listing].join("\n");
  };
}
