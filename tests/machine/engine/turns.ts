/**
 * Loops of an instruction on both engines in the same slices, cut at random cycles. Registers, flags, XMM registers,
 * MXCSR, the clock, the hash and the data are compared at every cut.
 */
import { expect } from "vitest";
import * as built from "../../../dist/machine/index.js";
import { assemble } from "../../../dist/machine/isa/assemble.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { bareMachine, DATA, type Bare, type BareOptions } from "../bare.js";
import { createRandom } from "../isa/row-encoder.js";

export const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const CORE_BYTES = built.CORE_STRIDE;
const CUTS = 25;
const DATA_BYTES = 0x800;

const MXCSRS = [0x1fa0, 0x3fa0, 0x5fa0, 0x7fa0, 0x1f80, 0x1fa0, 0x9fe0, 0x1fa0];

/**
 * What a turn of the loop does, as text: RBX gathers results, R8 and R9 are other ones each turn, RSI points to the
 * middle of a page of data, where MXCSRS and two numbers of 64 bits lie first.
 */
function boot(turn: string, options: Partial<BareOptions>, library: typeof built): Bare {
  const program = assemble(`
        mov rsi, ${DATA + 0x1800n}
        mov r8, 0x123456789abcdef1
        mov r9, 0x9e3779b97f4a7c15
        mov r15d, 400
  turn: ${turn}
        imul r8, r8, 1664525
        add r8, 1013904223
        mov r9, r8
        rol r9, 29
        dec r15d
        jne turn
        int3`);
  const bare = bareMachine({ programs: [program], batchBlocks: 1, hotRuns: 2, ...options }, library);
  const data = new DataView(new ArrayBuffer(128));
  MXCSRS.forEach((mxcsr, i) => data.setUint32(4 * i, mxcsr, true));
  data.setFloat64(64, 1, true);
  data.setFloat64(72, 3, true);
  bare.machine.writeRam(bare.dataFrame(0) + 0x1800, new Uint8Array(data.buffer));
  bare.machine.state.view.setUint32(built.MXCSR_OFFSET + 0x200000, MXCSRS[0], true);
  return bare;
}

function describeBare(bare: Bare): string {
  const { state } = bare.machine;
  const [core] = state.cores;
  if (core.activity === "running") bare.machine.engine.store(0);
  const { now, retired, blockStart, blockIndex } = core;
  const file = Buffer.from(state.memory.buffer, core.id * CORE_BYTES, built.VECTOR_FILE_END).toString("hex");
  const hash = Buffer.from(state.memory.buffer, built.HASH_BASE, 8).toString("hex");
  const ram = Buffer.from(bare.machine.readRam(bare.dataFrame(0) + 0x1800, DATA_BYTES)).toString("base64");
  return `now ${now} retired ${retired} block ${blockStart}+${blockIndex} hash ${hash} ${file} ${ram}`;
}

/** The first difference, or "". Of the instructions at least `leastShare` have to retire in translated code. */
export function lockStep(
  turn: string,
  options: Partial<BareOptions>,
  seed: number,
  leastShare: number,
  library = built,
): string {
  const random = createRandom(seed);
  const reference = boot(turn, { engine: "reference" }, built);
  const wasm = boot(turn, { ...options, engine: "wasm" }, library);
  let at = 0;
  for (let cut = 0; cut <= CUTS && reference.exits[0] === null; cut++) {
    at += random(3) === 0 ? 1 + random(4) : 1 + random(200);
    const limit = cut === CUTS ? Infinity : at;
    const [left, right] = [reference, wasm].map((bare) => `${bare.run(limit)} ${describeBare(bare)}`);
    if (left !== right) return `${turn}, cut at ${at}:\n${left}\n${right}`;
  }
  const { counts } = wasm.machine.engine as WasmEngine;
  const { retired } = wasm.machine.state.cores[0];
  if (library === built) expect(counts.translated / retired, turn).toBeGreaterThan(leastShare);
  return "";
}
