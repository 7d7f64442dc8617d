/**
 * What single instructions need beyond corner values, by semantic key: divisions that sometimes fit, comparisons that
 * sometimes match, strings, stacks, bit strings and branch targets. Each function gets the case under construction
 * (cases.mjs) and its shape. The restrictions listed in exclusions.mjs are kept here.
 */
import { LANDING_BASE, LANDING_BYTES, WINDOW_BASE, WINDOW_BYTES } from "./layout.mjs";

const RAX = 0;
const RCX = 1;
const RDX = 2;
const RBX = 3;
const RSP = 4;
const RBP = 5;
const RSI = 6;
const RDI = 7;
/** What POPF may meet: every flag but TF, and bits that ring 3 cannot change. */
const POPPED_FLAGS = 0x003f7eff;

/** 16 bytes that repeat one element, sometimes with a change somewhere. */
function repeatElement(maker, element) {
  const { width, random } = maker;
  let value = 0n;
  for (let bit = 0; bit < 128; bit += width) value |= BigInt.asUintN(width, element) << BigInt(bit);
  if (random.chance(2)) value ^= 1n << BigInt(random.below(128));
  return value;
}

function prepareShift(maker) {
  if (maker.random.chance(2)) maker.setLow(RCX, 8, BigInt(maker.random.below(72)));
}

function prepareDouble(maker, shape) {
  prepareShift(maker);
  // A count above the width has no defined result.
  if (shape.form.width === 16) maker.setLow(RCX, 5, BigInt(maker.random.below(17)));
}

function prepareDivision(isSigned) {
  return (maker, shape) => {
    const { width, random } = maker;
    const kind = random.below(4);
    const low = BigInt.asUintN(width, maker.get(RAX));
    const sign = isSigned && low >> BigInt(width - 1) === 1n ? -1n : 0n;
    let high = maker.corner();
    if (kind === 0) high = sign;
    if (kind === 1) high = BigInt(random.below(128)) * (isSigned && random.chance(2) ? -1n : 1n);
    if (kind === 2) high = BigInt.asIntN(width, maker.corner()) >> 3n;
    if (width === 8) maker.set(RAX, (maker.get(RAX) & ~0xff00n) | (BigInt.asUintN(8, high) << 8n));
    else maker.setLow(RDX, width, BigInt.asUintN(width, high));
    if (shape.memory !== null) maker.placeOperand();
    // A large divisor, so that a large dividend fits.
    if (kind === 2) maker.setRm((maker.corner() & ((1n << BigInt(width)) - 1n)) | (1n << BigInt(width - 2)));
  };
}

function prepareBitString(maker, shape) {
  const { random, width } = maker;
  if (shape.memory === null || shape.form.row.operands[1] !== "Gv") return;
  // The bit offset moves the address by up to a quarter of the address space. Stay in the window, or go far away.
  maker.placeOperand(
    width / 8,
    BigInt(WINDOW_BASE + (random.chance(8) ? random.below(WINDOW_BYTES - 8) : 2048 + random.below(4096))),
  );
  let offset = BigInt(random.below(32768) - 16384);
  if (random.chance(16))
    offset = random.chance(2) ? BigInt(random.below(30000) + 40000) : -BigInt(random.below(30000) + 40000);
  if (width === 64 && random.chance(16)) offset = (maker.corner() & 0x3fffffffffffffn) | (1n << 60n);
  if (width === 16) offset = BigInt.asIntN(16, offset);
  if (shape.form.kind === "lock") offset = (offset / BigInt(width)) * BigInt(width) + BigInt(random.below(width));
  maker.setLow(shape.reg, width, offset);
  if (shape.form.kind === "lock") maker.aim(BigInt(WINDOW_BASE + 2048 + 8 * random.below(512)));
}

function prepareCompareExchange(maker, shape) {
  const { random } = maker;
  if (shape.memory !== null) maker.placeOperand();
  if (random.chance(2)) return;
  maker.setRm(maker.get(RAX));
}

function prepareCompareExchangePair(maker, shape) {
  const { random } = maker;
  const half = shape.memory.accessBytes * 4;
  let address = maker.chooseAddress(shape.memory.accessBytes, maker.canBeWild());
  if (half === 64 && !random.chance(8)) address &= ~15n;
  maker.placeOperand(shape.memory.accessBytes, address);
  if (random.chance(3) || maker.operandAt < 0) return;
  const low = BigInt.asUintN(half, maker.get(RAX));
  maker.patch(maker.operandAt, low | (BigInt.asUintN(half, maker.get(RDX)) << BigInt(half)), shape.memory.accessBytes);
}

function prepareMoves(maker, shape) {
  const { random } = maker;
  if (shape.form.kind !== "plain") maker.chooseCount();
  const source = maker.placeString(RSI, true);
  const target = maker.placeString(RDI, false);
  if (random.chance(4)) {
    // Overlapping strings.
    const near = source + BigInt(random.below(32) - 16);
    maker.setAddressRegister(RDI, near);
    return;
  }
  maker.fillString(source, maker.corner() | (maker.corner() << 64n));
  maker.fillString(target, maker.corner() | (maker.corner() << 64n));
}

function prepareCompareStrings(maker, shape) {
  if (shape.form.kind !== "plain") maker.chooseCount();
  const source = maker.placeString(RSI, true);
  let target = maker.placeString(RDI, false);
  if (!maker.isInside(source) && !maker.isInside(target)) {
    // Which of two bad strings faults first depends on the processor and on REP.
    target = maker.chooseInside();
    maker.setAddressRegister(RDI, target);
  }
  const element = maker.corner();
  maker.fillString(source, repeatElement(maker, element));
  // REPNE goes on while elements differ.
  maker.fillString(target, repeatElement(maker, shape.form.kind === "repne" ? maker.corner() : element));
}

function prepareOneString(register, hasSegment) {
  return (maker, shape) => {
    if (shape.form.kind !== "plain") maker.chooseCount();
    const address = maker.placeString(register, hasSegment);
    const isScan = shape.form.row.semanticKey === "scas";
    const element = isScan && shape.form.kind !== "repne" ? maker.get(RAX) : maker.corner();
    maker.fillString(address, repeatElement(maker, element));
  };
}

function prepareTranslate(maker) {
  const address = maker.chooseAddress(1, !maker.shape.address32);
  const index = maker.get(RAX) & 0xffn;
  maker.setAddressRegister(RBX, address - index - maker.segmentBase());
}

/** Processors differ in which comes first, a bad stack or a target that is not canonical: never both. */
function prepareCall(maker, shape) {
  const { memory } = shape;
  if (memory?.base === RSP) {
    maker.placeOperand(8, maker.chooseInside());
  } else {
    maker.placeStack(8, true);
    const isOurs = memory === null ? shape.rm !== RSP : maker.operandAt >= 0;
    if (!isOurs) maker.set(RSP, maker.chooseInside());
  }
  if (!shape.form.row.operands.includes("Ev") || (memory === null && shape.rm === RSP)) return;
  const hasStack = maker.windowOffset(maker.get(RSP) - 8n, 8) >= 0;
  maker.setRm(hasStack ? maker.chooseTarget() : BigInt(LANDING_BASE + maker.random.below(LANDING_BYTES)));
}

function prepareMoffs(maker, shape) {
  if (shape.fixedAddress === null) return;
  const sizeBytes = maker.width / 8;
  maker.patchAddress(
    maker.aimFixed(BigInt(shape.fixedAddress), maker.chooseAddress(sizeBytes, false)),
    maker.corner(),
    sizeBytes,
  );
}

/** By semantic key: what a case needs beyond corner values. */
export const PREPARATIONS = {
  rol: prepareShift,
  ror: prepareShift,
  rcl: prepareShift,
  rcr: prepareShift,
  shl: prepareShift,
  shr: prepareShift,
  sar: prepareShift,
  shld: prepareDouble,
  shrd: prepareDouble,
  div: prepareDivision(false),
  idiv: prepareDivision(true),
  bt: prepareBitString,
  bts: prepareBitString,
  btr: prepareBitString,
  btc: prepareBitString,
  cmpxchg: prepareCompareExchange,
  cmpxchg8b: prepareCompareExchangePair,
  cmpxchg16b: prepareCompareExchangePair,
  movs: prepareMoves,
  cmps: prepareCompareStrings,
  stos: prepareOneString(RDI, false),
  scas: prepareOneString(RDI, false),
  lods: prepareOneString(RSI, true),
  xlat: prepareTranslate,
  mov(maker, shape) {
    if (shape.form.row.operands.some((operand) => operand.startsWith("O"))) prepareMoffs(maker, shape);
  },
  push: (maker) => maker.placeStack(maker.width / 8, true),
  pushf: (maker) => maker.placeStack(maker.width / 8, true),
  pop: (maker) => maker.placeStack(maker.width / 8, false),
  popf(maker) {
    maker.placeStack(maker.width / 8, false);
    // What isn't patched might have TF set.
    if (maker.isReadable(maker.get(RSP)) && maker.windowOffset(maker.get(RSP), maker.width / 8) < 0)
      maker.set(RSP, maker.chooseInside());
    maker.patchAddress(maker.get(RSP), BigInt(maker.random.bits() & POPPED_FLAGS), maker.width / 8);
  },
  enter(maker) {
    maker.placeStack(8, true);
    maker.set(RBP, maker.chooseAddress(8));
  },
  leave(maker) {
    const address = maker.chooseAddress(maker.width / 8);
    maker.set(RBP, address);
    maker.patchAddress(address, maker.corner(), maker.width / 8);
  },
  call: prepareCall,
  jmp(maker, shape) {
    if (shape.memory !== null) maker.placeOperand();
    if (shape.form.row.operands.includes("Ev")) maker.setRm(maker.chooseTarget());
  },
  ret(maker) {
    maker.placeStack(8, false);
    maker.patchAddress(maker.get(RSP), maker.chooseTarget(), 8);
  },
  sequence(maker, shape) {
    maker.set(RSP, maker.chooseInside());
    for (const { address, sizeBytes } of shape.patches) {
      maker.patchAddress(BigInt(address), maker.corner() | (maker.corner() << 64n), sizeBytes);
    }
  },
  loop: prepareLoop,
  loope: prepareLoop,
  loopne: prepareLoop,
  jrcxz: prepareLoop,
};

function prepareLoop(maker) {
  const { random } = maker;
  if (random.chance(3)) maker.setLow(RCX, random.chance(2) ? 32 : 64, BigInt(random.below(3)));
}
