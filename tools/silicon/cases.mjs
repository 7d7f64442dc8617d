/**
 * From a shape to test cases: registers, flags, segment bases and memory, chosen so that the instruction has something
 * to do. Most operands are corner values as they come; what needs care is that addresses mostly point into the window
 * (and sometimes, on purpose, at its edges, at a read-only page, at nothing, or outside the canonical range), that
 * divisions sometimes fit, comparisons sometimes match and branches have somewhere to go.
 *
 * A case is an input record (layout.mjs) in a buffer of many.
 */
import {
  FLAG_BITS,
  INITIAL_MXCSR,
  INPUT_WORDS,
  IN_CODE_OFFSET,
  IN_FLAGS,
  IN_FS,
  IN_GS,
  IN_MXCSR,
  IN_PATCHES,
  IN_PATCH_COUNT,
  CODE_BASE,
  LANDING_BASE,
  LANDING_BYTES,
  PATCH_LIMIT,
  PATCH_WORDS,
  READ_ONLY_BYTES,
  VECTOR_WORDS,
  WINDOW_BASE,
  WINDOW_BYTES,
} from "./layout.mjs";
import { containInLine, isLineBound } from "./forms.mjs";
import { PREPARATIONS } from "./preparations.mjs";
import { fillVectors, hasVectors } from "./vector-cases.mjs";

const RCX = 1;
const RSP = 4;
const ALL_FLAGS = FLAG_BITS.c | FLAG_BITS.p | FLAG_BITS.a | FLAG_BITS.z | FLAG_BITS.s | FLAG_BITS.o | FLAG_BITS.d;
const NOT_CANONICAL = [
  0x0000800000001000n,
  0x8000000000000000n,
  0x1234567820001000n,
  0xffff7ffffffff000n,
  0x0001000020001000n,
  0x7fffffff20001800n,
  0xfffe000000000000n,
];

/** Room for `count` input records, seen as bytes, words and registers, and for their vector records. */
export function createInputs(count) {
  const words = new Uint32Array(count * INPUT_WORDS);
  const vectors = new Uint32Array(count * VECTOR_WORDS);
  return { count, words, quads: new BigUint64Array(words.buffer), bytes: new Uint8Array(words.buffer), vectors };
}

/** Fills record `index` with a case for `shape`. */
export function fillCase(shape, random, inputs, index) {
  const maker = new CaseMaker(shape, random, inputs, index);
  maker.chooseEverything();
  if (hasVectors(shape)) fillVectors(maker, shape);
  PREPARATIONS[shape.form.row.semanticKey]?.(maker, shape);
  if (shape.memory !== null && !maker.isPlaced) maker.placeOperand();
  maker.finish();
}

/** One case being made. A class only because a dozen small steps share the record under construction. */
class CaseMaker {
  constructor(shape, random, inputs, index) {
    this.shape = shape;
    this.random = random;
    this.words = inputs.words;
    this.quads = inputs.quads;
    this.bytes = inputs.bytes;
    this.at = index * INPUT_WORDS;
    this.vectors = inputs.vectors;
    this.vectorsAt = index * VECTOR_WORDS;
    this.width = shape.form.width;
    this.patchCount = 0;
    /** Whether a preparation has dealt with the ModRM memory operand. */
    this.isPlaced = false;
    /** Where the ModRM memory operand lies; -1 when outside the window. */
    this.operandAt = -1;
    this.scratch = new Uint32Array(2);
  }

  chooseEverything() {
    const { random, words, at, shape } = this;
    for (let register = 0; register < 16; register++) random.fill64(words, at + 2 * register);
    words[at + IN_FLAGS] = random.bits() & ALL_FLAGS;
    words[at + IN_FLAGS + 1] = 0;
    this.chooseSegmentBase(IN_FS);
    this.chooseSegmentBase(IN_GS);
    words[at + IN_CODE_OFFSET] = shape.address - CODE_BASE;
    // What instructions on other registers leave alone.
    const { vectors, vectorsAt } = this;
    for (let i = 0; i < 64; i++) vectors[vectorsAt + i] = 0x5a5a5a00 + i;
    vectors[vectorsAt + IN_MXCSR] = INITIAL_MXCSR;
  }

  chooseSegmentBase(where) {
    const { random, words, at, shape } = this;
    const kind = random.below(4);
    // With 67h only 32 bits of offset are there to reach the window.
    const small = kind === 0 ? 0 : random.below(WINDOW_BASE);
    words[at + where] = small;
    words[at + where + 1] = 0;
    if (kind < 2 || shape.address32) return;
    words[at + where] = random.bits();
    words[at + where + 1] = kind === 2 ? random.below(0x7fff) : 0xffff8001 + random.below(0x7ffe);
  }

  finish() {
    this.words[this.at + IN_PATCH_COUNT] = this.patchCount;
    for (let i = this.patchCount; i < PATCH_LIMIT; i++) {
      this.words.fill(0, this.at + IN_PATCHES + i * PATCH_WORDS, this.at + IN_PATCHES + (i + 1) * PATCH_WORDS);
    }
  }

  get(register) {
    return this.quads[this.at / 2 + register];
  }

  set(register, value) {
    this.quads[this.at / 2 + register] = BigInt.asUintN(64, value);
  }

  /** Changes only the low `width` bits. */
  setLow(register, width, value) {
    const mask = (1n << BigInt(width)) - 1n;
    this.set(register, (this.get(register) & ~mask) | (value & mask));
  }

  corner() {
    this.random.fill64(this.scratch, 0);
    return (BigInt(this.scratch[1]) << 32n) | BigInt(this.scratch[0]);
  }

  segmentBase() {
    const { segment } = this.shape;
    if (segment === "none") return 0n;
    return this.quads[(this.at + (segment === "fs" ? IN_FS : IN_GS)) / 2];
  }

  setSegmentBase(value) {
    this.quads[(this.at + (this.shape.segment === "fs" ? IN_FS : IN_GS)) / 2] = BigInt.asUintN(64, value);
  }

  /** An address for `sizeBytes` bytes: mostly in the window, sometimes at an edge or worse. */
  chooseAddress(sizeBytes, canBeWild = true) {
    const { random } = this;
    const kind = random.below(32);
    const spread = random.below(sizeBytes);
    let address = WINDOW_BASE + random.below(WINDOW_BYTES - sizeBytes);
    if (kind === 0) address = WINDOW_BASE + WINDOW_BYTES + random.below(READ_ONLY_BYTES - sizeBytes);
    else if (kind === 1)
      address = random.chance(2) ? WINDOW_BASE - 16 - random.below(4000) : WINDOW_BASE + 12288 + random.below(4000);
    else if (kind === 2) address = WINDOW_BASE - spread;
    else if (kind === 3) address = WINDOW_BASE + WINDOW_BYTES - spread;
    else if (kind === 4) address = WINDOW_BASE + WINDOW_BYTES + READ_ONLY_BYTES - spread;
    else if (kind <= 6) address = WINDOW_BASE + 4096 - spread;
    else if (kind === 7 && canBeWild) return random.pick(NOT_CANONICAL) + BigInt(random.below(64));
    else if (kind < 20) address -= address % sizeBytes;
    if (isLineBound(this.shape.form)) address = containInLine(address, sizeBytes);
    return BigInt(address);
  }

  /**
   * Makes the registers (or the segment base) of the ModRM operand add up to `target`; returns what they do add up to.
   */
  aim(target) {
    const { shape } = this;
    const { memory } = shape;
    if (shape.fixedAddress !== null) return this.aimFixed(BigInt(shape.fixedAddress), target);
    const displacement = BigInt(memory.displacement);
    const wanted = target - this.segmentBase() - displacement;
    const scale = 1n << BigInt(memory.scaleLog2);
    if (memory.base < 0) {
      const index = wanted / scale;
      this.setAddressRegister(memory.index, index);
      const reached = index * scale + displacement;
      return BigInt.asUintN(64, (shape.address32 ? BigInt.asUintN(32, reached) : reached) + this.segmentBase());
    }
    this.setAddressRegister(memory.base, memory.index < 0 ? wanted : wanted - this.get(memory.index) * scale);
    return BigInt.asUintN(64, target);
  }

  aimFixed(fixed, target) {
    const { shape } = this;
    if (shape.segment === "none") return fixed;
    const offset = shape.address32 ? BigInt.asUintN(32, fixed) : BigInt.asUintN(64, fixed);
    const isCanonical = (value) => value >> 47n === 0n || value >> 47n === 0x1ffffn;
    const wanted = BigInt.asUintN(64, target - offset);
    if (isCanonical(wanted)) this.setSegmentBase(wanted);
    return BigInt.asUintN(64, offset + this.segmentBase());
  }

  /** With 67h the upper half of an address register is garbage. */
  setAddressRegister(register, value) {
    if (this.shape.address32) this.setLow(register, 32, BigInt.asUintN(32, value));
    else this.set(register, value);
  }

  canBeWild() {
    const { shape } = this;
    return !shape.address32 && shape.fixedAddress === null && shape.memory?.base !== -1;
  }

  /** Puts the ModRM memory operand somewhere and a corner value into it. */
  placeOperand(sizeBytes = this.shape.memory.accessBytes, near = null) {
    this.isPlaced = true;
    if (sizeBytes === 0) return;
    const address = this.aim(near ?? this.chooseAddress(sizeBytes, this.canBeWild()));
    this.operandAt = this.windowOffset(address, sizeBytes);
    if (this.operandAt >= 0) {
      this.patch(this.operandAt, this.corner() | (sizeBytes > 8 ? this.corner() << 64n : 0n), sizeBytes);
    }
  }

  /** Offset into the window, or -1 unless all of the bytes lie in it. */
  windowOffset(address, sizeBytes) {
    const offset = address - BigInt(WINDOW_BASE);
    return offset >= 0n && offset <= BigInt(WINDOW_BYTES - sizeBytes) ? Number(offset) : -1;
  }

  /** Somewhere in the window, a few hundred bytes from its edges. */
  chooseInside() {
    return BigInt(WINDOW_BASE + 512 + this.random.below(WINDOW_BYTES - 1024));
  }

  isInside(address) {
    return address >= BigInt(WINDOW_BASE + 256) && address < BigInt(WINDOW_BASE + WINDOW_BYTES - 256);
  }

  isReadable(address) {
    return address >= BigInt(WINDOW_BASE) && address < BigInt(WINDOW_BASE + WINDOW_BYTES + READ_ONLY_BYTES);
  }

  /** Writes `value` into the window for this case. A patch at the same place as an earlier one replaces it. */
  patch(offset, value, sizeBytes) {
    let slot = 0;
    while (slot < this.patchCount && this.words[this.at + IN_PATCHES + slot * PATCH_WORDS] !== offset) slot++;
    if (slot === PATCH_LIMIT) return;
    this.patchCount = Math.max(this.patchCount, slot + 1);
    const word = this.at + IN_PATCHES + slot * PATCH_WORDS;
    this.words[word] = offset;
    this.words[word + 1] = sizeBytes;
    let rest = value;
    for (let i = 2; i < PATCH_WORDS; i++, rest >>= 32n) this.words[word + i] = Number(rest & 0xffffffffn);
  }

  /** The same with a value of 128 bits in four words. */
  patchVector(offset, value, sizeBytes) {
    this.patch(offset, 0n, sizeBytes);
    for (let slot = 0; slot < this.patchCount; slot++) {
      const word = this.at + IN_PATCHES + slot * PATCH_WORDS;
      if (this.words[word] === offset) this.words.set(value, word + 2);
    }
  }

  /** The same at an address, where that lies in the window. */
  patchAddress(address, value, sizeBytes) {
    const offset = this.windowOffset(BigInt.asUintN(64, address), sizeBytes);
    if (offset >= 0) this.patch(offset, value, sizeBytes);
  }

  /** Value of a register operand of ModRM, AH to BH included. */
  getOperand(register, isHigh) {
    return isHigh ? this.get(register & 3) >> 8n : this.get(register);
  }

  /** Makes the ModRM.rm operand, register or memory, hold `value`. */
  setRm(value) {
    const { shape, width } = this;
    if (shape.memory !== null) {
      if (this.operandAt >= 0) this.patch(this.operandAt, value & ((1n << BigInt(width)) - 1n), width / 8);
    } else if (shape.highRm) {
      const old = this.get(shape.rm & 3);
      this.set(shape.rm & 3, (old & ~0xff00n) | ((value & 0xffn) << 8n));
    } else {
      this.setLow(shape.rm, width, value);
    }
  }

  placeStack(sizeBytes, isPush) {
    const { memory } = this.shape;
    if (memory !== null && memory.base === RSP) {
      // The operand decides where the stack is.
      this.placeOperand();
      return;
    }
    const address = this.chooseAddress(sizeBytes);
    this.set(RSP, address + (isPush ? BigInt(sizeBytes) : 0n));
    if (!isPush) this.patchAddress(address, this.corner(), sizeBytes);
    if (memory !== null) this.placeOperand();
  }

  /** Somewhere to jump: among INT3, sometimes nowhere, sometimes outside the canonical range. */
  chooseTarget() {
    const { random } = this;
    const kind = random.below(16);
    if (kind === 0) return random.pick(NOT_CANONICAL);
    if (kind === 1) return BigInt(LANDING_BASE + 8192 + random.below(4096));
    return BigInt(LANDING_BASE + random.below(LANDING_BYTES));
  }

  /** rCX as a repeat count; with 67h only ECX counts. */
  chooseCount() {
    const count = BigInt(this.random.chance(8) ? 0 : this.random.below(20));
    if (this.shape.address32) this.setLow(RCX, 32, count);
    else this.set(RCX, count);
  }

  /** Points rSI or rDI at a string of elements of the operation's width. */
  placeString(register, hasSegment) {
    const { random, width } = this;
    const sizeBytes = width / 8;
    let address = this.chooseAddress(sizeBytes, !this.shape.address32);
    if (random.chance(6)) {
      // A repetition that runs into an edge after a few elements.
      const steps = BigInt(sizeBytes * random.below(12));
      const isDown = (this.words[this.at + IN_FLAGS] & FLAG_BITS.d) !== 0;
      address = isDown ? BigInt(WINDOW_BASE) + steps : BigInt(WINDOW_BASE + WINDOW_BYTES) - steps;
    }
    this.setAddressRegister(register, hasSegment ? address - this.segmentBase() : address);
    return address;
  }

  /** Fills 16 bytes at a string's start, in the direction that it takes. */
  fillString(address, value) {
    const isDown = (this.words[this.at + IN_FLAGS] & FLAG_BITS.d) !== 0;
    this.patchAddress(isDown ? address + BigInt(this.width / 8) - 16n : address, value, 16);
  }
}
