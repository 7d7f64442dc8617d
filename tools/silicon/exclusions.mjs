/**
 * What is not compared with silicon although ring 3 runs it, each with its reason; and the operand restrictions where
 * the architecture leaves a *result* (not a flag: those are masked by the table) undefined.
 */

/** Mnemonic to reason. */
export const EXCLUDED = {
  CPUID: "describes the host's processor, not ours",
  RDTSC: "time of the host",
  RDTSCP: "time of the host",
  RDPID: "number of the host's processor",
  VERR: "reads the host's descriptor tables",
  VERW: "reads the host's descriptor tables",
  LAR: "reads the host's descriptor tables",
  LSL: "reads the host's descriptor tables",
};

/** Row name, or encoding where names say too little, to reason. */
export const EXCLUDED_ROWS = {
  "0F 0D reg": "#UD on AMD processors, a NOP on Intel's, as in our table",
  "MOV RMw,Sw": "selectors of the host",
  "MOV Sw,Ew": "selectors of the host",
  "PUSH FS": "selectors of the host",
  "PUSH GS": "selectors of the host",
  "POP FS": "selectors of the host",
  "POP GS": "selectors of the host",
};

/** Why one form of a row that is otherwise compared is not, or null. */
export function excludedForm(row, width, kind) {
  if (row.mnemonic === "BSWAP" && width === 16) return "the result of the 16-bit form is undefined";
  if (row.mnemonic === "MOVSXD" && width === 16 && kind === "memory") return "AMD processors read 4 bytes, Intel's 2";
  return null;
}

/**
 * Restrictions of operands, for documents and reports. Kept in preparations.mjs, cases.mjs and forms.mjs.
 */
export const RESTRICTED = {
  "SHLD, SHRD, 16 bits": "count modulo 32 is 0 to 16: beyond, result and flags are undefined",
  "BSF, BSR": "of 0: the destination is compared only on AMD processors, which leave it alone",
  POPF: "TF is clear: it would trap after the next instruction, which is the harness",
  "LOCK, XCHG": "the operand lies within a cache line: split locks are slow or refused on some hosts",
  CALL: "a target that is not canonical only with a good stack: processors differ in which fault comes first",
  CMPS: "at most one string at an edge: which faults first depends on the processor and on REP",
  ENTER: "where it faults, memory is not compared: silicon has pushed by then, we have not",
  "near branches": "without 66h, which AMD and Intel read differently",
  addresses: "none in the upper canonical half: kernels disguise the error code",
  "RCP, RSQRT": "values within the architecture's bound count as equal (vector-outcome.mjs)",
  "LDMXCSR, FXRSTOR": "bit 17 of MXCSR, MM, is never set: AMD processors have it, Intel's raise #GP",
  FXSAVE: "the mask of MXCSR is compared without bit 17",
  "FXSAVE, FXRSTOR":
    "of two pages at most one is missing or read-only, and CR2 is compared by its page: AMD processors ask for the last byte first",
  "FS, GS": "the offset before the base is added is canonical: AMD processors raise #GP for some that are not",
};

/** Rows on XMM registers and MXCSR, and CRC32, which came with them. */
export function isVectorRow(row) {
  const keys = ["ldmxcsr", "stmxcsr", "fxsave", "fxrstor", "crc32"];
  return row.operands.some((operand) => /^[VWU][a-z]+$/.test(operand)) || keys.includes(row.semanticKey);
}

/** Why a row is not compared, or null when it is. */
export function exclusionOf(row) {
  if (row.ring3 !== "runs") return `${row.ring3} in ring 3: see the tests of outcomes`;
  return EXCLUDED[row.mnemonic] ?? EXCLUDED_ROWS[row.name] ?? EXCLUDED_ROWS[row.encoding] ?? null;
}
