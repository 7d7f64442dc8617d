/**
 * What CPUID says: exactly what the processor executes, and no more. SDM volume 2, CPUID; AMD APM volume 3, appendix E.
 */

/** EAX, EBX, ECX, EDX. */
export type CpuidLeaf = readonly [number, number, number, number];

const MAX_BASIC_LEAF = 7;
const MAX_EXTENDED_LEAF = 0x8000_0008;

/** TSC, MSR, PAE, CX8, APIC, PGE, CMOV, CLFSH. */
const INTEGER_EDX = (1 << 4) | (1 << 5) | (1 << 6) | (1 << 8) | (1 << 9) | (1 << 13) | (1 << 15) | (1 << 19);
/** FXSR, SSE, SSE2. Neither FPU nor MMX: this processor has SSE without them. */
const VECTOR_EDX = (1 << 24) | (1 << 25) | (1 << 26);
const LEAF_1_EDX = INTEGER_EDX | VECTOR_EDX;
/** CX16, x2APIC, MOVBE, POPCNT, TSC-deadline. */
const INTEGER_ECX = (1 << 13) | (1 << 21) | (1 << 22) | (1 << 23) | (1 << 24);
/** SSE3, SSSE3, SSE4.1, SSE4.2. */
const VECTOR_ECX = (1 << 0) | (1 << 9) | (1 << 19) | (1 << 20);
const LEAF_1_ECX = INTEGER_ECX | VECTOR_ECX;
/** FSGSBASE, BMI1, BMI2, ADX. */
const LEAF_7_EBX = (1 << 0) | (1 << 3) | (1 << 8) | (1 << 19);
/** UMIP, RDPID. */
const LEAF_7_ECX = (1 << 2) | (1 << 22);
/** LAHF, LZCNT, PREFETCHW. */
const EXTENDED_1_ECX = (1 << 0) | (1 << 5) | (1 << 8);
/** SYSCALL, NX, RDTSCP, long mode. */
const EXTENDED_1_EDX = (1 << 11) | (1 << 20) | (1 << 27) | (1 << 29);

/** Four characters as a little-endian word. */
function characters(text: string, at: number): number {
  let word = 0;
  for (let i = 3; i >= 0; i--) word = (word << 8) | (at + i < text.length ? text.charCodeAt(at + i) : 0);
  return word >>> 0;
}

const VENDOR = "HallowsX8664";
const BRAND = "Hallows virtual x86-64 processor";

export function cpuidLeaf(leaf: number, subleaf: number, core: number): CpuidLeaf {
  switch (leaf) {
    case 0:
      return [MAX_BASIC_LEAF, characters(VENDOR, 0), characters(VENDOR, 8), characters(VENDOR, 4)];
    case 1:
      // Family 6; CLFLUSH line of 8 quadwords; initial APIC id.
      return [0x0600, ((core << 24) | (8 << 8)) >>> 0, LEAF_1_ECX >>> 0, LEAF_1_EDX >>> 0];
    case 7:
      return subleaf === 0 ? [0, LEAF_7_EBX, LEAF_7_ECX, 0] : [0, 0, 0, 0];
    case 0x8000_0000:
      return [MAX_EXTENDED_LEAF, 0, 0, 0];
    case 0x8000_0001:
      return [0, 0, EXTENDED_1_ECX, EXTENDED_1_EDX];
    case 0x8000_0002:
    case 0x8000_0003:
    case 0x8000_0004: {
      const at = (leaf - 0x8000_0002) * 16;
      return [characters(BRAND, at), characters(BRAND, at + 4), characters(BRAND, at + 8), characters(BRAND, at + 12)];
    }
    case 0x8000_0007:
      // Invariant TSC.
      return [0, 0, 0, 1 << 8];
    case 0x8000_0008:
      // 40 physical and 48 linear address bits.
      return [40 | (48 << 8), 0, 0, 0];
    default:
      return [0, 0, 0, 0];
  }
}
