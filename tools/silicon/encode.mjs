/**
 * A small encoder: from a table row and chosen operands to the bytes of one instruction. Knows nothing of the decoder,
 * so that the two check each other.
 *
 * Spec: SDM volume 2, chapter 2 (prefixes, REX, VEX, ModRM, SIB).
 */

/**
 * @typedef {object} MemoryChoice
 * @property {number} base register 0 to 15, -1 for none, 16 for RIP
 * @property {number} index register, or -1
 * @property {number} scaleLog2 0 to 3
 * @property {number} displacement signed; for RIP-relative ones see `encode`
 * @property {0 | 1 | 4} displacementBytes
 *
 * @typedef {object} Choice what an encoding leaves open
 * @property {number[]} legacyPrefixes in order, mandatory prefix included (not with VEX)
 * @property {boolean} rexW
 * @property {boolean} forceRex emit REX even when no bit of it is set
 * @property {number} reg ModRM.reg (0 to 15), or the opcode extension
 * @property {number} rm ModRM.rm when it is a register (0 to 15)
 * @property {MemoryChoice | null} memory
 * @property {number} vvvv VEX.vvvv register
 * @property {number} opcodeRegister bits 2 to 0 of the opcode and REX.B, or -1
 * @property {boolean} hasModrm
 * @property {number[]} immediate bytes, in order (also of branch displacements and absolute offsets)
 */

const VEX_MAP = { vex1: 1, vex2: 2, vex3: 3 };
const VEX_PREFIX = new Map([
  [0, 0],
  [null, 0],
  [0x66, 1],
  [0xf3, 2],
  [0xf2, 3],
]);

/**
 * The bytes of an instruction. With a RIP base, `memory.displacement` is the absolute target and `address` the
 * instruction's own address; otherwise `address` is unused.
 */
export function encode(row, choice, address = 0) {
  const bytes = [...choice.legacyPrefixes];
  const { memory } = choice;
  const baseRegister = memory === null ? choice.rm : memory.base < 0 || memory.base > 15 ? 0 : memory.base;
  const indexRegister = memory === null || memory.index < 0 ? 0 : memory.index;
  const b = choice.opcodeRegister >= 0 ? choice.opcodeRegister >> 3 : choice.hasModrm ? baseRegister >> 3 : 0;
  const x = indexRegister >> 3;
  const r = choice.hasModrm ? choice.reg >> 3 : 0;
  if (row.map in VEX_MAP) {
    bytes.push(0xc4, ((r ^ 1) << 7) | ((x ^ 1) << 6) | ((b ^ 1) << 5) | VEX_MAP[row.map]);
    bytes.push(
      (Number(choice.rexW) << 7) | ((choice.vvvv ^ 15) << 3) | ((row.vexL ?? 0) << 2) | VEX_PREFIX.get(row.prefix),
    );
  } else {
    const rex = 0x40 | (Number(choice.rexW) << 3) | (r << 2) | (x << 1) | b;
    if (rex !== 0x40 || choice.forceRex) bytes.push(rex);
    if (row.map !== "1") bytes.push(0x0f);
    if (row.map === "0f38") bytes.push(0x38);
    if (row.map === "0f3a") bytes.push(0x3a);
  }
  bytes.push(row.opcode | (choice.opcodeRegister >= 0 ? choice.opcodeRegister & 7 : 0));
  if (choice.hasModrm) appendModrm(bytes, choice, address);
  bytes.push(...choice.immediate);
  return bytes;
}

function appendModrm(bytes, choice, address) {
  const reg = (choice.reg & 7) << 3;
  const { memory } = choice;
  if (memory === null) {
    bytes.push(0xc0 | reg | (choice.rm & 7));
    return;
  }
  if (memory.base === 16) {
    bytes.push(reg | 5);
    const next = address + bytes.length + 4 + choice.immediate.length;
    append32(bytes, memory.displacement - next);
    return;
  }
  const mod = memory.base < 0 ? 0 : { 0: 0, 1: 1, 4: 2 }[memory.displacementBytes];
  if (memory.index < 0 && memory.base >= 0 && (memory.base & 7) !== 4) {
    bytes.push((mod << 6) | reg | (memory.base & 7));
  } else {
    const index = memory.index < 0 ? 4 : memory.index & 7;
    const base = memory.base < 0 ? 5 : memory.base & 7;
    bytes.push((mod << 6) | reg | 4, (memory.scaleLog2 << 6) | (index << 3) | base);
  }
  if (memory.base < 0 || memory.displacementBytes === 4) append32(bytes, memory.displacement);
  else if (memory.displacementBytes === 1) bytes.push(memory.displacement & 0xff);
}

function append32(bytes, value) {
  for (let shift = 0; shift < 32; shift += 8) bytes.push((value >> shift) & 0xff);
}
