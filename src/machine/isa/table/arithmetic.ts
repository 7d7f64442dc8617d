/**
 * Rows: arithmetic, logic, shifts and comparisons in the one-byte map. The regular part of the opcode space is built
 * as a grid, so that no line of it can differ from its neighbours by accident.
 *
 * Spec: SDM volume 2, table A-2 and groups 1 to 5 of table A-6. Flags: volume 1, appendix A.
 */
import { hexByte } from "../../../hex.js";

/** Opcodes 00 to 3F and group 1: eight operations, each in the same nine encodings. */
const BINARY = [
  { mnemonic: "ADD", flags: "w:oszapc lock" },
  { mnemonic: "OR", flags: "w:oszpc u:a lock" },
  { mnemonic: "ADC", flags: "r:c w:oszapc lock" },
  { mnemonic: "SBB", flags: "r:c w:oszapc lock" },
  { mnemonic: "AND", flags: "w:oszpc u:a lock" },
  { mnemonic: "SUB", flags: "w:oszapc lock" },
  { mnemonic: "XOR", flags: "w:oszpc u:a lock" },
  { mnemonic: "CMP", flags: "w:oszapc" },
];

/** Group 2: where the count is an immediate or CL, OF is defined only for a count of 1, which the row can't know. */
const SHIFTS = [
  { mnemonic: "ROL", key: "rol", once: "w:oc", many: "w:c u:o" },
  { mnemonic: "ROR", key: "ror", once: "w:oc", many: "w:c u:o" },
  { mnemonic: "RCL", key: "rcl", once: "r:c w:oc", many: "r:c w:c u:o" },
  { mnemonic: "RCR", key: "rcr", once: "r:c w:oc", many: "r:c w:c u:o" },
  { mnemonic: "SHL", key: "shl", once: "w:oszpc u:a", many: "w:szpc u:oa" },
  { mnemonic: "SHR", key: "shr", once: "w:oszpc u:a", many: "w:szpc u:oa" },
  { mnemonic: "SAL", key: "shl", once: "w:oszpc u:a", many: "w:szpc u:oa" },
  { mnemonic: "SAR", key: "sar", once: "w:oszpc u:a", many: "w:szpc u:oa" },
];

const binaryRows = BINARY.flatMap(({ mnemonic, flags }, index) => {
  const key = mnemonic.toLowerCase();
  const unlocked = flags.replace(" lock", "");
  const at = (column: number): string => hexByte(index * 8 + column);
  return [
    `${at(0)}    | ${mnemonic} Eb,Gb   | ${key} | ${flags}`,
    `${at(1)}    | ${mnemonic} Ev,Gv   | ${key} | ${flags}`,
    `${at(2)}    | ${mnemonic} Gb,Eb   | ${key} | ${unlocked}`,
    `${at(3)}    | ${mnemonic} Gv,Ev   | ${key} | ${unlocked}`,
    `${at(4)}    | ${mnemonic} AL,Ib   | ${key} | ${unlocked}`,
    `${at(5)}    | ${mnemonic} rAX,Iz  | ${key} | ${unlocked}`,
    `80 /${index} | ${mnemonic} Eb,Ib  | ${key} | ${flags}`,
    `81 /${index} | ${mnemonic} Ev,Iz  | ${key} | ${flags}`,
    `83 /${index} | ${mnemonic} Ev,sIb | ${key} | ${flags}`,
  ];
});

const shiftRows = SHIFTS.flatMap(({ mnemonic, key, once, many }, index) => [
  `C0 /${index} | ${mnemonic} Eb,Ib | ${key} | ${many}`,
  `C1 /${index} | ${mnemonic} Ev,Ib | ${key} | ${many}`,
  `D0 /${index} | ${mnemonic} Eb,1  | ${key} | ${once}`,
  `D1 /${index} | ${mnemonic} Ev,1  | ${key} | ${once}`,
  `D2 /${index} | ${mnemonic} Eb,CL | ${key} | ${many}`,
  `D3 /${index} | ${mnemonic} Ev,CL | ${key} | ${many}`,
]);

const otherRows = `
  69    | IMUL Gv,Ev,Iz  | imul | w:oc u:szap
  6B    | IMUL Gv,Ev,sIb | imul | w:oc u:szap
  84    | TEST Eb,Gb     | test | w:oszpc u:a
  85    | TEST Ev,Gv     | test | w:oszpc u:a
  A8    | TEST AL,Ib     | test | w:oszpc u:a
  A9    | TEST rAX,Iz    | test | w:oszpc u:a
  F6 /0 | TEST Eb,Ib     | test | w:oszpc u:a
  F6 /1 | TEST Eb,Ib     | test | w:oszpc u:a
  F7 /0 | TEST Ev,Iz     | test | w:oszpc u:a
  F7 /1 | TEST Ev,Iz     | test | w:oszpc u:a
  F6 /2 | NOT Eb         | not  | lock
  F7 /2 | NOT Ev         | not  | lock
  F6 /3 | NEG Eb         | neg  | w:oszapc lock
  F7 /3 | NEG Ev         | neg  | w:oszapc lock
  F6 /4 | MUL Eb         | mul  | w:oc u:szap
  F7 /4 | MUL Ev         | mul  | w:oc u:szap
  F6 /5 | IMUL Eb        | imul | w:oc u:szap
  F7 /5 | IMUL Ev        | imul | w:oc u:szap
  F6 /6 | DIV Eb         | div  | u:oszapc
  F7 /6 | DIV Ev         | div  | u:oszapc
  F6 /7 | IDIV Eb        | idiv | u:oszapc
  F7 /7 | IDIV Ev        | idiv | u:oszapc
  FE /0 | INC Eb         | inc  | w:oszap lock
  FF /0 | INC Ev         | inc  | w:oszap lock
  FE /1 | DEC Eb         | dec  | w:oszap lock
  FF /1 | DEC Ev         | dec  | w:oszap lock
  98    | CBW            | cbw  | default                  | CBW, CWDE or CDQE by operand size
  99    | CWD            | cwd  | default                  | CWD, CDQ or CQO by operand size
  9E    | SAHF           | sahf | w:szapc                  |
  9F    | LAHF           | lahf | r:szapc                  |
  F5    | CMC            | cmc  | r:c w:c
  F8    | CLC            | clc  | w:c
  F9    | STC            | stc  | w:c
  FC    | CLD            | cld  | w:d
  FD    | STD            | std  | w:d
`;

export const ARITHMETIC_ROWS: string = [...binaryRows, ...shiftRows, otherRows].join("\n");
