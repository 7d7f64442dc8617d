/**
 * What an operation should leave behind, and whether it did.
 *
 * An outcome is `{ bits, mxcsr, raised }`: the result (all lanes, lowest first), MXCSR afterwards, and whether #XM was
 * raised, in which case bits are what the destination held before.
 */
import { CASE_WORDS } from "./operands.mjs";
import { isNormal32 } from "./bounds.mjs";

const LAHF_BEFORE = 0x46n;
const SIGN = 1n << 31n;

export function readCase(form, cases, index) {
  const [head, x0, x1, y0, y1] = cases.subarray(index * CASE_WORDS, (index + 1) * CASE_WORDS);
  return { mxcsr: Number(head >> 32n), x: x0 | (x1 << 64n), y: y0 | (y1 << 64n) };
}

/** Bits of the result: what is compared and stored. */
export function resultBits(form) {
  return form.resultWidth * form.lanes;
}

/** Ours. `library` is dist/machine/float/index.js. */
export function computeOutcome(library, form, { mxcsr, x, y }) {
  let settled = form.computeWhole?.(library, x, y, mxcsr);
  if (settled === undefined) {
    const { bits, flags } = computeLanes(library, form, mxcsr, x, y);
    const after = library.settleFloatFlags(mxcsr, flags);
    settled = { bits, ...after };
  }
  const bits = settled.raises ? destinationBefore(form, x, y) : settled.bits;
  return { bits, mxcsr: settled.mxcsr, raised: settled.raises };
}

function computeLanes(library, form, mxcsr, x, y) {
  let bits = 0n;
  let flags = 0;
  for (let lane = 0; lane < form.lanes; lane++) {
    const place = BigInt(lane * form.format);
    const a = BigInt.asUintN(form.format, x >> place);
    // An integer operand is 64 bits wide whatever the format is.
    const b = BigInt.asUintN(form.lanes === 1 ? 64 : form.format, y >> place);
    const result = form.compute(library, a, b, mxcsr);
    bits |= result.bits << BigInt(lane * form.resultWidth);
    flags |= result.flags;
  }
  return { bits, flags };
}

/** What the destination holds when #XM keeps the result from being written. */
export function destinationBefore(form, x, y) {
  if (form.result === "flags") return LAHF_BEFORE;
  return BigInt.asUintN(resultBits(form), form.result === "rax" ? y : x);
}

/** The processor's, from runFloatsNatively. */
export function outcomeOnSilicon(form, native) {
  const whole = form.result === "flags" ? native.ah : form.result === "rax" ? native.rax : native.xmm;
  return { bits: BigInt.asUintN(resultBits(form), whole), mxcsr: native.mxcsr, raised: native.raised };
}

/** "" when ours is as silicon's; where the value is open, when both keep to the architecture's bound. */
export function compareOutcomes(form, input, ours, silicon) {
  if (ours.mxcsr === silicon.mxcsr && ours.raised === silicon.raised) {
    if (isValueOpen(form, input)) {
      if (form.accepts(input.x, ours.bits) && form.accepts(input.x, silicon.bits)) return "";
    } else if (ours.bits === silicon.bits) return "";
  }
  const show = (outcome) =>
    `${hex(outcome.bits, resultBits(form))}  mxcsr ${outcome.mxcsr.toString(16)}${outcome.raised ? "  #XM" : ""}`;
  const laneBits = form.lanes * form.format;
  return [
    `${form.name}  x ${hex(BigInt.asUintN(laneBits, input.x), laneBits)}  y ${hex(input.y, form.lanes === 1 ? 64 : 128)}  mxcsr ${input.mxcsr.toString(16)}`,
    `  ours    ${show(ours)}`,
    `  silicon ${show(silicon)}`,
  ].join("\n");
}

/** RCP of a normal number, RSQRT of a positive one. */
function isValueOpen(form, { x }) {
  if (form.accepts === undefined || !isNormal32(x)) return false;
  return form.name === "rcpss" || (x & SIGN) === 0n;
}

function hex(value, width) {
  return value.toString(16).padStart(width / 4, "0");
}
