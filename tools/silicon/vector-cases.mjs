/**
 * MXCSR, XMM registers and 128-bit memory operands of a case: what cases.mjs is for the other registers.
 *
 * Each register of a case holds random bits; those that the instruction reads get values which it cares about. For
 * floats they are the pairs of float/operands.mjs (zeros, denormals, infinities, NaNs, halfway cases, borders), for
 * integers the limits of each lane width, for string comparisons texts of a few letters. MXCSR varies from case to
 * case: all roundings, DAZ, FTZ, masked and unmasked exceptions, flags that are set before; also for instructions that
 * must not look at it.
 */
import { isVectorRow } from "./exclusions.mjs";
import { mustKnowOperand } from "./forms.mjs";
import { PAIRS, createSource } from "./float/operands.mjs";
import { IN_MXCSR, IN_REPORTED } from "./layout.mjs";

/** All exceptions masked, and PE set: what a program has after its first inexact result. */
const USUAL_MXCSR = 0x1fa0;

const RAX = 0;
const RDX = 2;
const RDI = 7;
const MXCSR_PLACE = 24;
/** MM of AMD processors: to them it is no reserved bit. */
const MISALIGNED_MODE = 1 << 17;

/** Whether cases of this shape need more than the fixed vector state that integer instructions find. */
export function hasVectors(shape) {
  return shape.hasVectors ?? isVectorRow(shape.form.row);
}

/** Fills the vector record of a case, and places and fills the operands of a row on vectors. */
export function fillVectors(maker, shape) {
  const { random, vectors, vectorsAt } = maker;
  const source = createSource(random);
  for (let i = 0; i < 64; i++) vectors[vectorsAt + i] = random.bits();
  vectors[vectorsAt + IN_MXCSR] = shape.form?.isOrdinary ? USUAL_MXCSR : source.mxcsr();
  vectors[vectorsAt + IN_REPORTED] = 0;
  if (shape.instructionCount !== undefined) {
    for (let register = 0; register < 16; register++) put(maker, register, anything(source));
    return;
  }
  const { row } = shape.form;
  // The value of these is open: both halves are compared, whether or not they happen to be as before.
  if (/^RSQRT|^RCP/.test(row.mnemonic)) vectors[vectorsAt + IN_REPORTED] = 1 << shape.vectorReg;
  if (row.mnemonic.startsWith("PCMP") && row.mnemonic.includes("STR")) prepareStrings(maker);
  if (row.semanticKey === "maskmovdqu") prepareMaskedMove(maker);
  // By XMM0 the blends choose. An operand that is XMM0 too overwrites it.
  put(maker, 0, integers(source, 128));
  const [first, second] = shape.form.isOrdinary ? ordinaryOperands(row, source) : chooseOperands(row, source);
  if (shape.vectorReg >= 0) put(maker, shape.vectorReg, first);
  if (shape.vectorRm >= 0) put(maker, shape.vectorRm, second);
  if (shape.memory !== null) placeVector(maker, shape, second);
  else if (row.mnemonic.startsWith("CVTSI2")) maker.setRm(PAIRS.integer(source)[1]);
}

/** Whether a form computes with floats by rules, so that there are ordinary operands for it. */
export function hasOrdinaryOperands({ row }) {
  return (
    (isVectorRow(row) && /^CVT(SI|DQ)2/.test(row.mnemonic)) ||
    FLOAT_OPERANDS.some(([pattern]) => pattern.test(row.mnemonic) && !/^R(SQRT|CP)[PS]S$/.test(row.mnemonic))
  );
}

function put({ vectors, vectorsAt }, register, value) {
  vectors.set(value, vectorsAt + 4 * register);
}

// ---- operands by meaning ------------------------------------------------------------------------------------------

/** Mnemonic to the generator of float/operands.mjs, and whether x is the second operand (and the first is not read). */
const FLOAT_OPERANDS = [
  [/^(ADD|SUB|ADDSUB|HADD|HSUB)[PS][SD]$/, "add", false],
  [/^(MULP|MULS|DPP)[SD]$/, "multiply", false],
  [/^DIV[PS][SD]$/, "divide", false],
  [/^(MIN|MAX|CMP|U?COMI)[PS][SD]$/, "compare", false],
  [/^(SQRT|RSQRT|RCP)[PS][SD]$/, "squareRoot", true],
  [/^(ROUND[PS][SD]|CVTT?[PS][SD]2(SI|DQ))$/, "toInteger", true],
  [/^CVT[PS][SD]2[PS][SD]$/, "convert", true],
];
/** Sums of neighbours: a pair stands side by side. */
const IS_HORIZONTAL = /^H(ADD|SUB)P/;

/** The contents of the ModRM.reg operand and of the ModRM.rm operand: four words each. */
function chooseOperands(row, source) {
  const { random } = source;
  if (row.mnemonic.startsWith("PCMP") && row.mnemonic.includes("STR")) return [text(source), text(source)];
  if (row.mnemonic.startsWith("CVTDQ2")) return [anything(source), convertedIntegers(source)];
  if (row.semanticKey === "maskmovdqu") return [integers(source, 128), sparseMask(random)];
  const known = FLOAT_OPERANDS.find(([pattern]) => pattern.test(row.mnemonic));
  if (known !== undefined && !random.chance(16)) return floats(row, source, known);
  const laneWidth = /^CRC|Q$|DQA?$/.test(row.mnemonic) ? 64 : random.pick([8, 16, 32, 64, 128]);
  const first = integers(source, laneWidth);
  if (/^PS[RL][LA][WDQ]$/.test(row.mnemonic) && random.chance(2)) return [first, shiftCount(random)];
  return [first, relative(source, laneWidth, first)];
}

function floats({ mnemonic }, source, [, operands, isUnary]) {
  const { random } = source;
  const format = /^[A-Z]*?[PS]D(2|$)/.test(mnemonic) ? 64 : 32;
  const isScalar = /S[SD](2|$)|SI$/.test(mnemonic);
  const first = new Uint32Array(4);
  const second = new Uint32Array(4);
  const step = format / 32;
  // In dot products moderate numbers too, so that the sums have something to round.
  const isModerate = mnemonic.startsWith("DP") && random.chance(2);
  const lanes = [];
  for (let lane = 0; lane < 4 / step; lane++) {
    const isDull = lane > 0 && random.chance(2);
    if (isScalar && lane > 0) lanes.push([source.any(format), source.any(format)]);
    else if (isDull) lanes.push([source.dull(format), source.dull(format)]);
    else if (isModerate) lanes.push([moderate(source, format), moderate(source, format)]);
    else if (random.chance(4)) lanes.push(source.specialPair(format, random.below(256)));
    else lanes.push(PAIRS[operands](source, format));
  }
  if (isUnary) {
    lanes.forEach(([x], lane) => putLane(second, lane * step, x, step));
    return [anything(source), second];
  }
  if (IS_HORIZONTAL.test(mnemonic)) {
    const numbers = lanes.flat();
    const half = numbers.length / 2;
    numbers.forEach((x, i) => putLane(i < half ? first : second, (i % half) * step, x, step));
  } else {
    lanes.forEach(([x, y], lane) => {
      putLane(first, lane * step, x, step);
      putLane(second, lane * step, y, step);
    });
  }
  return [first, second];
}

/** Numbers about 1, now and then some far from it or 0; whole numbers that fit where they are converted to integers. */
function ordinaryOperands({ mnemonic }, source) {
  const { random } = source;
  if (mnemonic.startsWith("CVTDQ2")) return [anything(source), convertedIntegers(source)];
  const format = /^[A-Z]*?[PS]D(2|$)/.test(mnemonic) ? 64 : 32;
  const isPositive = mnemonic.startsWith("SQRT");
  const isConverted = /2(SI|DQ)$/.test(mnemonic);
  const far = format === 32 ? 24 : 200;
  const number = () => {
    if (random.chance(16)) return 0n;
    const distance = isConverted
      ? source.between(-3, 30)
      : random.chance(4)
        ? source.between(-far, far)
        : source.between(-4, 4);
    return source.make(
      format,
      (format === 32 ? 127 : 1023) + distance,
      source.fraction(format),
      isPositive ? 0 : random.below(2),
    );
  };
  return [0, 1].map(() => {
    const lanes = new Uint32Array(4);
    for (let at = 0; at < 4; at += format / 32) putLane(lanes, at, number(), format / 32);
    return lanes;
  });
}

function moderate(source, format) {
  return source.make(format, (format === 32 ? 127 : 1023) + source.between(-3, 3), source.fraction(format));
}

function putLane(words, at, value, step) {
  words[at] = Number(value & 0xffffffffn);
  if (step === 2) words[at + 1] = Number(value >> 32n);
}

function convertedIntegers(source) {
  return Uint32Array.from({ length: 4 }, () => Number(PAIRS.integer(source)[1] & 0xffffffffn));
}

/** Floats or integers. */
function anything(source) {
  const { random } = source;
  const value = new Uint32Array(4);
  if (random.chance(3)) for (let lane = 0; lane < 4; lane++) putLane(value, lane, source.any(32), 1);
  else if (random.chance(2)) for (let lane = 0; lane < 4; lane += 2) putLane(value, lane, source.any(64), 2);
  else return integers(source, random.pick([8, 16, 32, 64, 128]));
  return value;
}

// ---- integers -----------------------------------------------------------------------------------------------------

const CORNERS = {
  8: [0, 1, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff],
  16: [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xff00, 0xff7f, 0xff80, 0xfffe, 0xffff],
  32: [0, 1, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0x80000001, 0xffff7fff, 0xffff8000, 0xffffffff],
};

/** Lanes that are corners of their width, or random. `laneWidth` 128: random bits throughout. */
function integers(source, laneWidth) {
  const { random } = source;
  const value = new Uint32Array(4);
  if (laneWidth === 64) {
    random.fill64(value, 0);
    random.fill64(value, 2);
  } else {
    for (let word = 0; word < 4; word++) {
      if (laneWidth === 128) value[word] = random.bits();
      else for (let at = 0; at < 32; at += laneWidth) value[word] |= integer(random, laneWidth) << at;
    }
  }
  return value;
}

function integer(random, laneWidth) {
  const mask = laneWidth === 32 ? 0xffffffff : (1 << laneWidth) - 1;
  return random.chance(3) ? random.bits() & mask : random.pick(CORNERS[laneWidth]);
}

/** A second operand: often one that has something to do with the first. */
function relative(source, laneWidth, first) {
  const { random } = source;
  const kind = random.below(8);
  if (kind > 3) return integers(source, laneWidth);
  if (kind === 0) return Uint32Array.from(first);
  if (kind === 1) return first.map((word) => ~word);
  if (kind === 2) return first.map((word) => word & random.bits());
  // Equal but for some lanes.
  const other = integers(source, laneWidth);
  const bytes = new Uint8Array(other.buffer);
  const same = new Uint8Array(first.buffer);
  const laneBytes = Math.min(laneWidth, 64) / 8;
  for (let at = 0; at < 16; at += laneBytes) if (random.chance(2)) bytes.set(same.subarray(at, at + laneBytes), at);
  return other;
}

/** The lower half counts; what does not fit it shifts everything out. */
function shiftCount(random) {
  const high = random.chance(8) ? random.pick([1, 0x80000000, random.bits()]) : 0;
  return Uint32Array.of(random.below(72), high, random.bits(), random.bits());
}

/** Signs of bytes: none, few or half of them. */
function sparseMask(random) {
  const kind = random.below(4);
  return Uint32Array.from({ length: 4 }, () => {
    const bits = random.bits();
    if (kind === 0) return bits & 0x7f7f7f7f;
    return kind === 1 ? bits & random.bits() & random.bits() : bits;
  });
}

// ---- texts --------------------------------------------------------------------------------------------------------

/** A text of a few letters in bytes or words, with its end somewhere; sometimes numbers around zero, for ranges. */
function text(source) {
  const { random } = source;
  const value = new Uint32Array(4);
  const laneWidth = random.pick([8, 16]);
  const base = random.pick([0x61, 0x7e, 0xfffe, 0x7ffe]);
  const letters = random.pick([2, 3, 5]);
  const endChance = random.pick([4, 12, 1000]);
  const elements = laneWidth === 8 ? new Uint8Array(value.buffer) : new Uint16Array(value.buffer);
  for (let i = 0; i < elements.length; i++) elements[i] = random.chance(endChance) ? 0 : base + random.below(letters);
  return value;
}

/** Lengths of both strings: inside, at and beyond the limits, either sign. */
function prepareStrings(maker) {
  const { random } = maker;
  for (const register of [RAX, RDX]) {
    if (random.chance(6)) continue;
    const length = BigInt(random.below(41) - 20);
    // Only half of the register counts without REX.W.
    if (random.chance(2)) maker.set(register, length);
    else maker.setLow(register, 32, length);
  }
}

// ---- memory -------------------------------------------------------------------------------------------------------

function prepareMaskedMove(maker) {
  const address = maker.chooseAddress(16, !maker.shape.address32);
  maker.setAddressRegister(RDI, address - maker.segmentBase());
}

/** Places the memory operand and fills it. Most places that must be aligned are. */
function placeVector(maker, shape, value) {
  const { random } = maker;
  const { row } = shape.form;
  const sizeBytes = shape.memory.accessBytes;
  let near = null;
  if (sizeBytes >= 16) {
    near = maker.chooseAddress(sizeBytes, maker.canBeWild());
    if (!random.chance(8)) near &= ~15n;
  }
  const isImage = sizeBytes > 16;
  if (isImage) {
    placeImage(maker, near, row.semanticKey === "fxrstor");
    return;
  }
  maker.placeOperand(sizeBytes, near);
  const isLoadingMxcsr = row.semanticKey === "ldmxcsr";
  if (maker.operandAt < 0) {
    if (mustKnowOperand(row)) maker.placeOperand(sizeBytes, maker.chooseInside() & ~15n);
    if (maker.operandAt < 0) return;
  }
  if (isLoadingMxcsr) maker.patch(maker.operandAt, loadedMxcsr(maker), 4);
  else if (row.mnemonic.startsWith("CVTSI2")) maker.setRm(PAIRS.integer(createSource(random))[1]);
  else if (row.operands.some((operand) => operand.startsWith("W")))
    maker.patchVector(maker.operandAt, value, sizeBytes);
}

/** Of two pages that the image may not use, processors name either: at most one of them, then. */
function placeImage(maker, address, isRestored) {
  maker.isPlaced = true;
  const sizeBytes = BigInt(maker.shape.memory.accessBytes);
  const last = address + sizeBytes - 1n;
  const touchesWindow = maker.windowOffset(address, 1) >= 0 || maker.windowOffset(last, 1) >= 0;
  const reached = maker.aim(touchesWindow ? address : address & -sizeBytes);
  if (!isRestored) return;
  const place = reached + BigInt(MXCSR_PLACE);
  if (maker.windowOffset(place, 4) >= 0) maker.patchAddress(place, loadedMxcsr(maker), 4);
  else if (maker.isReadable(place) && maker.shape.fixedAddress === null)
    placeImage(maker, maker.chooseInside(), isRestored);
}

/** What LDMXCSR and FXRSTOR find: sometimes with reserved bits, but never with MM alone. */
function loadedMxcsr({ random }) {
  const value = createSource(random).mxcsr();
  const reserved = random.chance(6) ? (1 << (18 + random.below(14))) | (random.bits() & 0xffff0000) : 0;
  return BigInt(((value | reserved) & ~MISALIGNED_MODE) >>> 0);
}
