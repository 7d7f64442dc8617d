/**
 * `--engine both`: runs each slice in translated code and again, from a copy of the state, in the reference engine. The first
 * difference is a Bug that says what differs and shows the block where the slice began, its SSA and its WebAssembly.
 *
 * Slow, for finding faults of the translator. Slices are cut, to a few instructions now and then, so that a difference
 * is close to its cause. Polling is run in full: when it is found is the one thing in which engines may differ.
 */
import { Bug } from "../../../errors.js";
import type { Cycles } from "../../../units.js";
import {
  CORE_STRIDE,
  createMachineState,
  HASH_BASE,
  HASH_STRIDE,
  MAX_HASH_SLOTS,
  RAM_BASE,
  REGISTER_FILE_BYTES,
  RIP_OFFSET,
  VECTOR_FILE_END,
  VECTOR_FILE_OFFSET,
} from "../../state.js";
import type { Engine, Slice, SliceEnd } from "../engine.js";
import { createReferenceEngine } from "../reference/reference.js";
import { createWasmEngine, type WasmOptions } from "./wasm-engine.js";

/** Instructions of successive slices. */
const SLICE_INSTRUCTIONS = [1000, 40, 7];

interface Observation {
  readonly answer: boolean;
  readonly until: Cycles;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `0x${inner.toString(16)}` : inner));
}

export function createBothEngine(options: WasmOptions): Engine {
  const { state } = options;
  const shadow = createMachineState(state.cores.length, state.ramBytes);
  const observations: Observation[] = [];
  let slice: Slice = { until: 0, syncTime: 0, syncCore: 0, instructions: 0 };
  let outer = slice;
  const wasm = createWasmEngine({
    ...options,
    findPolling: false,
    observer(core, physical, sizeBytes, at) {
      const answer = options.observer(core, physical, sizeBytes, at);
      slice.until = Math.min(slice.until, outer.until);
      observations.push({ answer, until: slice.until });
      return answer;
    },
  });
  const reference = createReferenceEngine({
    ...options,
    state: shadow,
    findPolling: false,
    onRetire: undefined,
    observer() {
      const seen = observations.shift();
      if (seen === undefined) return true;
      slice.until = Math.min(slice.until, seen.until);
      return seen.answer;
    },
  });
  const words = new Int32Array(state.memory.buffer);
  const shadowWords = new Int32Array(shadow.memory.buffer);
  let turn = 0;

  function copyToShadow(id: number): void {
    wasm.store(id);
    reference.invalidate(0, state.ramBytes);
    shadow.bytes.set(state.bytes);
    structuredClone(state.cores).forEach((core, i) => Object.assign(shadow.cores[i], core));
    reference.load(id);
  }

  function firstDifference(from: number, to: number): number {
    for (let at = from / 4; at < to / 4; at++) if (words[at] !== shadowWords[at]) return (at * 4) & ~7;
    return -1;
  }

  /** What differs after the slice, or "". */
  function compare(id: number, left: SliceEnd, right: SliceEnd): string {
    wasm.store(id);
    reference.store(id);
    if (text(left) !== text(right)) return `ends with ${text(right)}, not ${text(left)}`;
    const cores = [shadow.cores[id], state.cores[id]].map((core) => text(core));
    if (cores[0] !== cores[1]) return `core\n  reference ${cores[0]}\n  wasm      ${cores[1]}`;
    const registers = firstDifference(id * CORE_STRIDE, id * CORE_STRIDE + REGISTER_FILE_BYTES);
    if (registers >= 0) {
      const [a, b] = [shadow, state].map(({ view }) => view.getBigUint64(registers, true).toString(16));
      return `register ${(registers % CORE_STRIDE) / 8} (rax … r15, rip, rflags, fs, gs) is 0x${b}, not 0x${a}`;
    }
    const vectorFile = id * CORE_STRIDE + VECTOR_FILE_OFFSET;
    const vectors = firstDifference(vectorFile, id * CORE_STRIDE + VECTOR_FILE_END);
    if (vectors >= 0) {
      const [a, b] = [shadow, state].map(({ view }) => view.getBigUint64(vectors, true).toString(16));
      return `word ${(vectors - vectorFile) / 8} of mxcsr, xmm0 … xmm15 is 0x${b}, not 0x${a}`;
    }
    for (const [from, to] of [
      [HASH_BASE, HASH_BASE + MAX_HASH_SLOTS * HASH_STRIDE],
      [RAM_BASE, RAM_BASE + state.ramBytes],
    ]) {
      const at = firstDifference(from, to);
      if (at < 0) continue;
      const where = from === RAM_BASE ? `RAM at 0x${(at - RAM_BASE).toString(16)}` : "the hash";
      const [a, b] = [shadow, state].map(({ view }) => view.getBigUint64(at, true).toString(16));
      return `${where} is 0x${b}, not 0x${a}`;
    }
    return "";
  }

  function run(id: number, whole: Slice): SliceEnd {
    outer = whole;
    const instructions = Math.min(whole.instructions, SLICE_INSTRUCTIONS[turn++ % SLICE_INSTRUCTIONS.length]);
    observations.length = 0;
    copyToShadow(id);
    const rip = state.view.getBigUint64(id * CORE_STRIDE + RIP_OFFSET, true);
    const { retired } = state.cores[id];
    const limits = { ...whole, instructions };
    slice = { ...limits };
    const right = wasm.run(id, slice);
    whole.instructions -= state.cores[id].retired - retired;
    slice = { ...limits };
    const left = reference.run(id, slice);
    const difference = compare(id, left, right);
    if (difference !== "")
      throw new Bug(
        `the engines differ on core ${id} in a slice from 0x${rip.toString(16)}: ${difference}\n${wasm.describe(id)}`,
      );
    return right;
  }

  return {
    run,
    load: wasm.load,
    store: wasm.store,
    invalidate: wasm.invalidate,
    mappingChanged: wasm.mappingChanged,
  };
}
