/**
 * Makes docs/instructions.md, the outcome of every instruction in ring 3, from the instruction table, by way of dist/
 * (so build first).
 *
 *   node tools/gen-instructions.mjs           writes it
 *   node tools/gen-instructions.mjs --check   writes nothing; exits 1 when it is stale
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rows } from "../dist/machine/isa/index.js";
import { ABSENT_MAPS, absentInstructions } from "../dist/machine/isa/table/absent.js";
import { CONDITIONS } from "../dist/machine/isa/table/notation.js";

const DOCUMENT = "docs/instructions.md";
const path = fileURLToPath(new URL(`../${DOCUMENT}`, import.meta.url));

const unique = (list) => [...new Set(list)];

/** JE and its fifteen brothers are one line. */
function familyOf(row) {
  const stem = { jcc: "J", setcc: "SET", cmovcc: "CMOV" }[row.semanticKey];
  return stem === undefined ? row.mnemonic : `${stem}cc`;
}

/** Rows by mnemonic, in the order of the alphabet. */
function grouped(list) {
  const groups = new Map();
  for (const row of list) {
    const family = familyOf(row);
    groups.set(family, [...(groups.get(family) ?? []), row]);
  }
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function flagsOf(group) {
  const joined = (field) => {
    const letters = new Set(group.flatMap((row) => [...row[field]]));
    return [..."oszapcd"].filter((letter) => letters.has(letter)).join("");
  };
  // A flag that one form defines and another leaves undefined stands on both sides.
  return [joined("flagsRead"), joined("flagsWritten"), joined("flagsUndefined")];
}

function tableOf(list) {
  const lines = [
    "| instruction | forms | reads | writes | undefined | needs | remarks |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const [family, group] of grouped(list)) {
    const forms = unique(group.map((row) => (row.operands.length === 0 ? "" : `\`${row.operands.join(",")}\``)));
    const features = unique(group.map((row) => row.feature)).filter((feature) => feature !== "");
    const lock = group.some((row) => row.lockable) ? ["LOCK"] : [];
    const notes = unique([...lock, ...group.map((row) => row.note)]).filter((note) => note !== "");
    const [reads, writes, leaves] = flagsOf(group);
    const cells = [
      family,
      forms.filter((form) => form !== "").join(" "),
      reads,
      writes,
      leaves,
      features.join(", "),
      notes.join("; "),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

/** Rows of one outcome, gathered by their reason. */
function reasonsOf(list) {
  const byNote = new Map();
  for (const row of list) byNote.set(row.note, [...(byNote.get(row.note) ?? []), row]);
  const lines = ["| instructions | why |", "|---|---|"];
  for (const [note, group] of byNote) {
    const names = unique(group.map((row) => (row.mnemonic === "MOV" ? row.name : row.mnemonic)));
    lines.push(`| ${names.join(", ")} | ${note} |`);
  }
  return lines.join("\n");
}

function absentTable() {
  const byFeature = new Map();
  for (const map of ABSENT_MAPS.map(absentInstructions))
    for (const entry of map.flatMap((list) => list ?? []))
      byFeature.set(entry.feature, [...(byFeature.get(entry.feature) ?? []), entry.mnemonic]);
  const lines = ["| family | instructions |", "|---|---|"];
  const features = [...byFeature.keys()].filter((feature) => feature !== "64-bit").toSorted();
  for (const feature of features) {
    const names = unique(byFeature.get(feature)).toSorted();
    lines.push(`| ${feature} | ${names.join(", ")} |`);
  }
  lines.push(
    "| 3DNow! | all of `0F 0F` |",
    "| AVX-512 and later | all EVEX encodings (`62`) |",
    "| XOP | all XOP encodings (`8F`, maps 8 to 10) |",
  );
  const lost = unique(byFeature.get("64-bit"));
  return { table: lines.join("\n"), lost: lost.join(", ") };
}

const byOutcome = (outcome) => rows.filter((row) => row.ring3 === outcome);
const { table, lost } = absentTable();

const text = `# Instructions in ring 3

What each instruction does when a partition executes it. This file is made from the instruction table
(\`src/machine/isa/table.ts\`) by \`node tools/gen-instructions.mjs\`; change the table, not this file.

Partitions run in 64-bit mode at CPL 3 with IOPL 0 and no I/O bitmap. CR4 has FSGSBASE, UMIP, OSFXSR and OSXMMEXCPT
set; TSD, PCE, OSXSAVE, PVI, CET, PKE and PCIDE are clear, and so is CR0.AM. Descriptors are fixed and flat. CPUID
announces SSE, SSE2 and the features in the column _needs_, and none of the families that are #UD below.

Notation of operands: \`E\` register or memory, \`G\` register, \`M\` memory, \`R\` register in ModRM.rm, \`B\` register
in VEX.vvvv, \`Z\` register in the opcode, \`I\` immediate, \`sIb\` sign-extended byte, \`J\` relative, \`O\` absolute
offset, \`S\` segment register, \`V\` XMM register, \`W\` XMM register or memory, \`U\` XMM register in ModRM.rm; then
\`b\` 8, \`w\` 16, \`d\` 32, \`q\` 64, \`dq\` 128 bits, \`v\` 16, 32 or 64, \`z\` 16 or 32, \`y\` 32 or 64; of floats
\`ss\` 32, \`sd\` 64, \`ps\` and \`pd\` 128 (SDM volume 2, appendix A.2; \`src/machine/isa/table/notation.ts\`). Flags:
\`o\` OF, \`s\` SF, \`z\` ZF, \`a\` AF, \`p\` PF, \`c\` CF, \`d\` DF; a flag is undefined in some forms or for some counts
where it is in both columns. \`cc\` stands for ${CONDITIONS.map((condition) => condition.name).join(", ")}.

## Runs

${tableOf(byOutcome("runs"))}

## Traps on purpose

${tableOf(byOutcome("trap"))}

## #GP(0)

${reasonsOf(byOutcome("#GP"))}

## #UD, known and refused

${reasonsOf(byOutcome("#UD"))}

## #UD, instructions of other processors

The report names the instruction.

${table}

Not valid in 64-bit mode: ${lost}.

## Odd cases

| case | outcome |
|---|---|
| LOCK before an instruction that can't be locked, or without a memory destination | #UD |
| more than 15 bytes | #GP(0) |
| VEX, EVEX or XOP behind LOCK, 66, F2, F3 or REX; VEX.vvvv not 1111b where it is no operand; VEX.L = 1 on general registers | #UD |
| MOV to CS, a segment register above GS, a control register that doesn't exist | #UD |
| segment overrides CS, DS, ES, SS | ignored |
| 66h before a near branch | ignored, as on Intel; AMD takes a 16-bit target |
| memory operand at a non-canonical address | #SS(0) where the base is rSP or rBP without FS or GS override, and on the stack; otherwise #GP(0) |
| branch, call or return to a non-canonical address | #GP(0) at the branch |
| memory operand of 128 bits of a vector instruction, not aligned to 16 | #GP(0), also on the stack, but for the forms that say "any address" |
| a floating-point exception that MXCSR does not mask | #XM; the flags in MXCSR are set, nothing else changes |
| POPF that sets TF | #DB after the next instruction |
| POPF that sets AC | AC is set and has no effect, since CR0.AM is clear |
| POPF that changes IF or IOPL | they keep their value, nothing is raised |
| division by 0, or a quotient that doesn't fit | #DE |
| INT n | #BP for n = 3; #GP(8n+2) for every other n, 4 included: no other gate is open to ring 3 |
| opcode bytes that no processor knows | #UD |
`;

if (process.argv.includes("--check")) {
  if (readFileSync(path, "utf8") !== text) {
    console.error(`${DOCUMENT} is stale: run node tools/gen-instructions.mjs`);
    process.exit(1);
  }
} else {
  writeFileSync(path, text);
}
