/**
 * `--engine both`: runs each slice in translated code and again, on a shadow of the machine, in the reference engine.
 * The first difference is a Bug that says what differs and shows the block where the slice began, its SSA and its
 * WebAssembly.
 *
 * The shadow is a machine of its own, whose memory stays in step because both engines do the same; what others change
 * (mirror.ts) is copied before a slice, not all of memory. After a slice, registers, hash and the pages that either
 * side may write are compared, and in turn a part of the rest.
 *
 * Slices are cut, to a few instructions now and then, so that a difference is close to its cause. Polling is run in
 * full: when it is found is the one thing in which engines may differ.
 */
import { Bug } from "../../../../errors.js";
import type { CoreId, Cycles } from "../../../../units.js";
import {
  CORE_STRIDE,
  createMachineState,
  MEMORY_MODEL_STRIDE,
  RAM_BASE,
  RIP_OFFSET,
  VECTOR_FILE_OFFSET,
} from "../../../state.js";
import { copySlice, createSlice, type Slice } from "../../../turn.js";
import type { Engine, SliceEnd } from "../../engine.js";
import { createReferenceEngine } from "../../reference/reference.js";
import { createMirror } from "./mirror.js";
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
  let slice = createSlice();
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
    onBegin: undefined,
    observer() {
      const seen = observations.shift();
      if (seen === undefined) return true;
      slice.until = Math.min(slice.until, seen.until);
      return seen.answer;
    },
  });
  const mirror = createMirror(state, shadow, options.profile.memory?.stateBytes ?? 0);
  let turn = 0;

  /** What differs after the slice, or "". */
  function compare(id: CoreId, left: SliceEnd, right: SliceEnd): string {
    wasm.store(id);
    reference.store(id);
    if (text(left) !== text(right)) return `ends with ${text(right)}, not ${text(left)}`;
    const cores = [shadow.cores[id], state.cores[id]].map((core) => text(core));
    if (cores[0] !== cores[1]) return `core\n  reference ${cores[0]}\n  wasm      ${cores[1]}`;
    const difference = mirror.findDifference(id);
    if (difference === null) return "";
    const { area, at } = difference;
    const [a, b] = [shadow, state].map(({ view }) => view.getBigUint64(at, true).toString(16));
    switch (area) {
      case "registers":
        return `register ${(at % CORE_STRIDE) / 8} (rax … r15, rip, rflags, fs, gs) is 0x${b}, not 0x${a}`;
      case "vectors":
        return `word ${((at % CORE_STRIDE) - VECTOR_FILE_OFFSET) / 8} of mxcsr, xmm0 … xmm15 is 0x${b}, not 0x${a}`;
      case "hash":
        return `the hash is 0x${b}, not 0x${a}`;
      case "memory model":
        return `the memory model's word at 0x${(at % MEMORY_MODEL_STRIDE).toString(16)} is 0x${b}, not 0x${a}`;
      case "RAM":
        return `RAM at 0x${(at - RAM_BASE).toString(16)} is 0x${b}, not 0x${a}`;
      case "earlier":
        return `RAM at 0x${(at - RAM_BASE).toString(16)} is 0x${b}, not 0x${a}, perhaps since an earlier slice`;
    }
  }

  function run(id: CoreId, whole: Slice): SliceEnd {
    outer = whole;
    const instructions = Math.min(whole.instructions, SLICE_INSTRUCTIONS[turn++ % SLICE_INSTRUCTIONS.length]);
    observations.length = 0;
    wasm.store(id);
    mirror.update(id);
    reference.load(id);
    const rip = state.view.getBigUint64(id * CORE_STRIDE + RIP_OFFSET, true);
    const { retired } = state.cores[id];
    const limits = copySlice(whole);
    limits.instructions = instructions;
    limits.isSoft = false;
    slice = copySlice(limits);
    const right = wasm.run(id, slice);
    whole.instructions -= state.cores[id].retired - retired;
    slice = copySlice(limits);
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
    invalidate(at, sizeBytes) {
      wasm.invalidate(at, sizeBytes);
      reference.invalidate(at, sizeBytes);
      mirror.changed(at, sizeBytes);
    },
    mappingChanged: wasm.mappingChanged,
    codeBytes: () => wasm.codeBytes() + reference.codeBytes(),
  };
}
