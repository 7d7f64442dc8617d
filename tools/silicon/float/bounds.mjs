/**
 * The architecture's bound on RCP and RSQRT, |relative error| <= 1.5 * 2^-12, decided on integers.
 *
 * Both functions answer true as well for a tiny result that became a zero, which the architecture allows from
 * |a| > 1.1111111111010b * 2^125 on and demands from 1.00000000000110000000001b * 2^126 on (SDM volume 2, RCPPS).
 */
const FRACTION = (1n << 23n) - 1n;
const SIGN = 1n << 31n;
const MAY_BE_TINY = 0x7e7fd000n;
const MUST_BE_TINY = 0x7e800c01n;

/** Of a normal number: value = significand * 2^exponent. */
function split(bits) {
  return { significand: (bits & FRACTION) | (FRACTION + 1n), exponent: Number((bits >> 23n) & 0xffn) - 150 };
}

/** A normal number, neither zero nor denormal, infinite or NaN. */
export function isNormal32(bits) {
  const field = (bits >> 23n) & 0xffn;
  return field !== 0n && field !== 0xffn;
}

/** numerator * 2^exponent / denominator compared with 1 ± error, cross-multiplied. */
function isBetween(value, exponent, low, high, unit) {
  const scaled = exponent >= 0 ? value << BigInt(exponent) : value;
  const scale = exponent >= 0 ? 1n : 1n << BigInt(-exponent);
  return scaled * unit >= low * scale && scaled * unit <= high * scale;
}

/** |a * result - 1| <= 1.5 * 2^-12 = 3 / 8192. `a` is normal. */
export function withinReciprocalBound(a, result) {
  if (((a ^ result) & SIGN) !== 0n) return false;
  const magnitude = a & (SIGN - 1n);
  if ((result & (SIGN - 1n)) === 0n) return magnitude > MAY_BE_TINY;
  if (!isNormal32(result) || magnitude >= MUST_BE_TINY) return false;
  const x = split(a);
  const y = split(result);
  return isBetween(x.significand * y.significand, x.exponent + y.exponent, 8189n, 8195n, 8192n);
}

/** |sqrt(a) * result - 1| within the bound, squared. `a` is normal and positive. */
export function withinReciprocalSquareRootBound(a, result) {
  if ((result & SIGN) !== 0n || !isNormal32(result)) return false;
  const x = split(a);
  const y = split(result);
  const product = x.significand * y.significand * y.significand;
  return isBetween(product, x.exponent + 2 * y.exponent, 8189n ** 2n, 8195n ** 2n, 8192n ** 2n);
}
