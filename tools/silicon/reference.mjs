/**
 * The backend that is our own machine: one core, the same little address space, one instruction (or a few) a case, on
 * either engine. Outcomes have the form that native.mjs returns.
 *
 * In translated code a block runs only if all of it fits into the slice. So a case may run on into what stands behind
 * its instruction, which traps without changing anything: the jump of TRAILER, whose target is not mapped here, INT3,
 * or the end of the code. Such a trap is not part of the outcome.
 *
 * Imports the built files, as tests and benches do: run the build first.
 */
import {
  CHANGED_MXCSR,
  CHANGED_VECTORS_LIMIT,
  CHANGED_XMM,
  CHANGE_WORDS,
  CODE_BASE,
  CODE_BYTES,
  COMPLETED,
  INPUT_WORDS,
  IN_CODE_OFFSET,
  IN_FLAGS,
  IN_FS,
  IN_MXCSR,
  IN_PATCHES,
  IN_PATCH_COUNT,
  IN_REPORTED,
  LANDING_BASE,
  LANDING_BYTES,
  OUTPUT_WORDS,
  OUT_CHANGE_COUNT,
  OUT_CR2,
  OUT_ERROR_CODE,
  OUT_FLAGS,
  OUT_FS,
  OUT_GS,
  OUT_RIP,
  OUT_VECTOR,
  PATCH_WORDS,
  READ_ONLY_BYTES,
  SLOT_COUNT,
  VECTOR_WORDS,
  WINDOW_BASE,
  WINDOW_BYTES,
} from "./layout.mjs";
import { normalise } from "./outcome.mjs";

// Where things lie in the machine's RAM.
const TABLES_AT = 0;
const TABLES_END = 0x20000;
const CODE_AT = 0x20000;
const LANDING_AT = 0x30000;
const WINDOW_AT = 0x40000;
const RAM_BYTES = 0x100000;

/** Loads the machine from a built tree, such as the URL of `dist/machine/`. */
export async function loadMachineModules(base = new URL("../../dist/machine/", import.meta.url)) {
  const [machine, paging, state, turn] = await Promise.all(
    ["machine.js", "memory/paging.js", "state.js", "turn.js"].map((file) => import(new URL(file, base).href)),
  );
  return { ...machine, ...paging, ...state, ...turn };
}

/** Rows after which control goes elsewhere: their instruction is a block, so that it fits into a slice of one. */
const JUMPS = ["jmp", "jcc", "call", "ret", "loop", "loope", "loopne", "jrcxz"];

/**
 * A machine to run programs on. `run(program, visit, caseCount)` calls `visit(index, words, translated)` with each
 * normalised outcome; `words` is reused, `translated` counts the instructions that retired in translated code. Unless
 * `visit` returns false it goes on. Cases of slots that `takes` refuses are left out. `vendor` (as CPUID spells it) is
 * that of the processor it is compared with.
 */
export function createReference(modules, vendor, engineName = "reference", floatPatience = Infinity) {
  const {
    createMachine,
    createSlice,
    createTables,
    mapPages,
    RAM_BASE,
    RIP_OFFSET,
    RFLAGS_OFFSET,
    FS_BASE_OFFSET,
    VECTORS_OFFSET,
    MXCSR_OFFSET,
  } = modules;
  const machine = createMachine({
    cores: 1,
    ramBytes: RAM_BYTES,
    engine: engineName,
    hotRuns: 1,
    floatPatience,
    // Templates guard floats one by one.
    templates: floatPatience === 0,
    // Fewer than all: a form of which some encodings are left to the reference engine would never fill a batch, and
    // wait.
    batchBlocks: SLOT_COUNT / 16,
  });
  const { state, engine } = machine;
  const isTranslating = engineName !== "reference";
  const arena = { next: TABLES_AT, end: TABLES_END };
  const root = createTables(state, arena);
  const map = (address, at, sizeBytes, write, execute) =>
    mapPages(state, root, arena, BigInt(address), at, sizeBytes, { write, execute });
  map(CODE_BASE, CODE_AT, CODE_BYTES, false, true);
  map(LANDING_BASE, LANDING_AT, LANDING_BYTES, false, true);
  map(WINDOW_BASE, WINDOW_AT, WINDOW_BYTES, true, false);
  map(WINDOW_BASE + WINDOW_BYTES, WINDOW_AT + WINDOW_BYTES, READ_ONLY_BYTES, false, false);
  const core = state.cores[0];
  machine.switchTables(core, root);
  core.activity = "running";

  const windowBytes = WINDOW_BYTES + READ_ONLY_BYTES;
  const window = Buffer.from(state.memory.buffer, RAM_BASE + WINDOW_AT, windowBytes);
  const windowWords = new Uint32Array(state.memory.buffer, RAM_BASE + WINDOW_AT, windowBytes / 4);
  const before = Buffer.alloc(windowBytes);
  const beforeWords = new Uint32Array(before.buffer, before.byteOffset, windowBytes / 4);
  const registers = new Uint32Array(state.memory.buffer, 0, 64);
  const vectors = new Uint32Array(state.memory.buffer, VECTORS_OFFSET, 64);
  const rip = RIP_OFFSET / 4,
    flags = RFLAGS_OFFSET / 4,
    bases = FS_BASE_OFFSET / 4,
    mxcsr = MXCSR_OFFSET / 4;
  const slice = createSlice({ instructions: 1 });
  const noCounts = { translated: 0 };
  const outcome = new Uint32Array(OUTPUT_WORDS + (windowBytes / 8 + CHANGED_VECTORS_LIMIT) * CHANGE_WORDS);

  /** Puts the patches of a case into the window and into what it is compared with, or the background back. */
  function patch(inputs, at, background) {
    for (let i = 0; i < inputs.words[at + IN_PATCH_COUNT]; i++) {
      const record = at + IN_PATCHES + i * PATCH_WORDS;
      const offset = inputs.words[record];
      const source = background ?? inputs.bytes;
      const from = background === null ? (record + 2) * 4 : offset;
      for (let j = 0; j < inputs.words[record + 1]; j++) window[offset + j] = before[offset + j] = source[from + j];
    }
  }

  function begin(inputs, index) {
    const at = index * INPUT_WORDS;
    patch(inputs, at, null);
    const vectorsAt = index * VECTOR_WORDS;
    for (let i = 0; i < 64; i++) vectors[i] = inputs.vectors[vectorsAt + i];
    registers[mxcsr] = inputs.vectors[vectorsAt + IN_MXCSR];
    for (let i = 0; i < 32; i++) registers[i] = inputs.words[at + i];
    registers[rip] = CODE_BASE + inputs.words[at + IN_CODE_OFFSET];
    registers[rip + 1] = 0;
    registers[flags] = inputs.words[at + IN_FLAGS] | 0x202;
    registers[flags + 1] = 0;
    for (let i = 0; i < 4; i++) registers[bases + i] = inputs.words[at + IN_FS + i];
    core.blockStart = 0n;
    core.blockIndex = 0;
    core.repeatStarted = false;
  }

  /** `hasRun`: all instructions of the case retired; what stopped the core came behind them. */
  function end(result, hasRun, inputs, index, background) {
    const at = index * INPUT_WORDS;
    for (let i = 0; i < 32; i++) outcome[i] = registers[i];
    for (let i = 0; i < 2; i++) {
      outcome[OUT_FLAGS + i] = registers[flags + i];
      outcome[OUT_FS + i] = registers[bases + i];
      outcome[OUT_GS + i] = registers[bases + 2 + i];
      outcome[OUT_RIP + i] = registers[rip + i];
      outcome[OUT_CR2 + i] = 0;
    }
    outcome[OUT_VECTOR] = COMPLETED;
    outcome[OUT_ERROR_CODE] = 0;
    outcome[OUT_CHANGE_COUNT + 1] = 0;
    if (!hasRun && result.kind === "exit" && result.exit.kind === "fault") {
      const { vector, errorCode, address } = result.exit;
      outcome[OUT_VECTOR] = vector;
      outcome[OUT_ERROR_CODE] = errorCode ?? 0;
      if (vector === 14) {
        outcome[OUT_CR2] = Number(address & 0xffffffffn);
        outcome[OUT_CR2 + 1] = Number(address >> 32n);
      }
    } else if (!hasRun) {
      throw new Error(`the engine stopped with ${JSON.stringify(result)}`);
    }
    outcome[OUT_CHANGE_COUNT] = 0;
    if (!window.equals(before)) {
      outcome[OUT_CHANGE_COUNT] = collectChanges();
      window.set(background);
    }
    patch(inputs, at, background);
    outcome[OUT_CHANGE_COUNT] = collectVectors(inputs.vectors, index * VECTOR_WORDS, outcome[OUT_CHANGE_COUNT]);
  }

  function putChange(number, word, low, high) {
    const at = OUTPUT_WORDS + CHANGE_WORDS * number;
    outcome[at] = word;
    outcome[at + 1] = 0;
    outcome[at + 2] = low;
    outcome[at + 3] = high;
  }

  function collectChanges() {
    let count = 0;
    for (let i = 0; i < windowWords.length; i += 2) {
      if (windowWords[i] === beforeWords[i] && windowWords[i + 1] === beforeWords[i + 1]) continue;
      putChange(count++, i / 2, windowWords[i], windowWords[i + 1]);
    }
    return count;
  }

  /** Appends what differs of XMM registers and MXCSR to the changes; returns their new number. */
  function collectVectors(input, at, count) {
    const reported = input[at + IN_REPORTED];
    for (let i = 0; i < 64; i += 2) {
      const isSame = vectors[i] === input[at + i] && vectors[i + 1] === input[at + i + 1];
      if (isSame && ((reported >>> (i >> 2)) & 1) === 0) continue;
      putChange(count++, CHANGED_XMM + i / 2, vectors[i], vectors[i + 1]);
    }
    if (registers[mxcsr] !== input[at + IN_MXCSR]) putChange(count++, CHANGED_MXCSR, registers[mxcsr], 0);
    return count;
  }

  /** What the engine needs beside the shape itself to run it in translated code. */
  function arrange(shape) {
    const instructions = shape.instructionCount ?? 1;
    const { semanticKey } = shape.form.row;
    if (!isTranslating || JUMPS.includes(semanticKey)) return { instructions, limit: instructions };
    // Iterations count against a limit on instructions; what stands behind the instruction stops the core anyway.
    return { instructions, limit: instructions + (shape.form.kind.startsWith("rep") ? 1000 : 1) };
  }

  function run(program, visit, caseCount = program.inputs.count, takes = (_slot) => true) {
    const { inputs, background, shapes, slotOf } = program;
    const arranged = shapes.map(arrange);
    machine.writeRam(CODE_AT, program.image);
    window.set(background);
    before.set(background);
    const { counts = noCounts } = engine;

    function runCase(index, visitCase) {
      const shape = shapes[slotOf[index]];
      const { instructions, limit } = arranged[slotOf[index]];
      begin(inputs, index);
      engine.load(0);
      slice.instructions = limit;
      const { retired } = core;
      const { translated } = counts;
      const result = engine.run(0, slice);
      engine.store(0);
      end(result, core.retired - retired === instructions, inputs, index, background);
      normalise(outcome, 0, shape, inputs, index, vendor);
      return visitCase(index, outcome, counts.translated - translated);
    }

    // Once round the slots, so that each has been translated before a case counts.
    if (isTranslating)
      for (let index = 0; index < Math.min(SLOT_COUNT, caseCount); index++)
        if (takes(slotOf[index])) runCase(index, () => true);
    for (let index = 0; index < caseCount; index++) if (takes(slotOf[index]) && runCase(index, visit) === false) return;
  }

  machine.writeRam(LANDING_AT, new Uint8Array(LANDING_BYTES).fill(0xcc));
  return { run };
}
