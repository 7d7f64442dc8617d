/**
 * Instructions that ask for the time, read or write MXCSR or all flags, or are routines over bits: loops of them on both
 * engines in the same slices, cut at random cycles. Registers, flags, XMM registers, MXCSR, the clock and the hash are
 * compared at every cut. Each retires in translated code.
 */
import { describe, expect, it } from "vitest";
import * as built from "../../../dist/machine/index.js";
import { assemble } from "../../../dist/machine/isa/assemble.js";
import type { WasmEngine } from "../../../dist/machine/engine/wasm/run/wasm-engine.js";
import { createMutant } from "../../mutant.js";
import { bareMachine, DATA, type Bare, type BareOptions } from "../bare.js";
import { createRandom } from "../isa/row-encoder.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const CORE_BYTES = built.CORE_STRIDE;
const CUTS = 40;

/** What a turn of the loop does. RBX gathers results, R8 and R9 are other ones each turn, RSI points to data. */
const TURNS = {
  rdtsc: `
        add r10, r9
        rdtsc
        shl rdx, 32
        or rax, rdx
        add rbx, rax`,
  "rdtsc twice": `
        rdtsc
        mov ecx, eax
        imul r10, r9
        rdtsc
        sub eax, ecx
        add rbx, rax`,
  rdtscp: `
        mov [rsi + 64], r9
        rdtscp
        add rbx, rax
        add rbx, rcx`,
  rdpid: `
        rdpid rax
        add rbx, rax`,
  crc32: `
        crc32 ebx, r9b
        crc32 ebx, r8w
        crc32 ebx, r9d
        crc32 rbx, r8
        crc32 rbx, qword ptr [rsi]`,
  pdep: `
        pdep rax, r8, r9
        pdep ecx, r9d, r8d
        xor rbx, rax
        add rbx, rcx`,
  pext: `
        pext rax, r8, r9
        pext ecx, r9d, dword ptr [rsi]
        xor rbx, rax
        add rbx, rcx`,
  mxcsr: `
        mov eax, r8d
        and eax, 7
        movsd xmm0, qword ptr [rsi + 64]
        ldmxcsr dword ptr [rsi + rax*4]
        divsd xmm0, qword ptr [rsi + 72]
        addsd xmm1, xmm0
        stmxcsr dword ptr [rsi + 80]
        add ebx, dword ptr [rsi + 80]
        ldmxcsr dword ptr [rsi]
        mulsd xmm0, xmm0
        addps xmm2, xmm0
        addsd xmm3, xmm0`,
  popf: `
        mov rax, r9
        and eax, 0xcd5
        or eax, 0x202
        push rax
        popfq
        adc rbx, 1
        pushfq
        pop rax
        cld
        add rbx, rax`,
  "popf of system flags": `
        mov eax, r8d
        shl eax, 16
        and eax, 0x240000
        or eax, 0x202
        push rax
        popfq
        pushfq
        pop rax
        add rbx, rax`,
} as const;

type Turn = keyof typeof TURNS;
/** Some are left to the reference engine, where a rounding or a flag of the system changes. */
const LEAST_SHARE: { readonly [turn in Turn]?: number } = { mxcsr: 0.3, "popf of system flags": 0.1 };

const MXCSRS = [0x1fa0, 0x3fa0, 0x5fa0, 0x7fa0, 0x1f80, 0x1fa0, 0x9fe0, 0x1fa0];

function boot(turn: Turn, options: Partial<BareOptions>, library = built): Bare {
  const program = assemble(`
        mov rsi, ${DATA + 0x1000n}
        mov r8, 0x123456789abcdef1
        mov r9, 0x9e3779b97f4a7c15
        mov r15d, 400
  turn: ${TURNS[turn]}
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
  bare.machine.writeRam(bare.dataFrame(0) + 0x1000, new Uint8Array(data.buffer));
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
  const ram = Buffer.from(bare.machine.readRam(bare.dataFrame(0) + 0x1000, 0x100)).toString("base64");
  return `now ${now} retired ${retired} block ${blockStart}+${blockIndex} hash ${hash} ${file} ${ram}`;
}

/** The first difference, or "". */
function lockStep(turn: Turn, options: Partial<BareOptions>, seed: number, library = built): string {
  const random = createRandom(seed);
  const reference = boot(turn, { engine: "reference" });
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
  if (library === built) expect(counts.translated / retired, turn).toBeGreaterThan(LEAST_SHARE[turn] ?? 0.85);
  return "";
}

describe("in translated code as in the reference engine:", () => {
  it.each(Object.keys(TURNS) as Turn[])("%s", (turn) => {
    for (let seed = SEED; seed < SEED + 2; seed++)
      for (const floatPatience of [0, Infinity])
        for (const farCalls of [0, 3]) expect(lockStep(turn, { floatPatience, farCalls }, seed)).toBe("");
  });
});

describe("a mistake is found:", () => {
  it.each<readonly [mistake: string, mark: string, turn: Turn]>([
    ["the time is that of the block's end", "timestamp-is-of-the-end", "rdtsc"],
    ["the upper half of the time misses the hash", "timestamp-enters-as-one-word", "rdtsc"],
    ["PDEP deposits ones", "deposit-takes-one-bit", "pdep"],
    ["PEXT leaves gaps", "extract-leaves-gaps", "pext"],
    ["float guards go by an MXCSR that was", "guards-know-the-old-mxcsr", "mxcsr"],
    ["POPF keeps the flags of the system", "popf-keeps-system-flags", "popf of system flags"],
  ])("%s", async (_mistake, mark, turn) => {
    const mutant = createMutant(mark);
    try {
      const broken = await mutant.load<typeof built>("machine/index.js");
      expect(lockStep(turn, {}, SEED, broken)).not.toBe("");
    } finally {
      mutant.remove();
    }
  });
});
