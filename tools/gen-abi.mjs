/**
 * Makes images/sdk/hallows_abi.h and docs/abi.md from the tables of src/abi, by way of dist/ (so build first).
 *
 *   node tools/gen-abi.mjs           writes both
 *   node tools/gen-abi.mjs --check   writes nothing; exits 1 and names what is stale
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as abi from "../dist/abi/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const HEADER = "images/sdk/hallows_abi.h";
const DOCUMENT = "docs/abi.md";

/** Vocabularies whose words guests pass or read as numbers: table, prefix in C, title. */
const WORDS = [
  [abi.EXIT_SCOPES, "EXIT", "Scope of exit"],
  [abi.MODE_OPERATIONS, "MODE", "First argument of mode"],
  [abi.PARTITION_MODES, "PARTITION_MODE", "Modes of a partition"],
  [abi.REPORT_KINDS, "REPORT", "First argument of report"],
  [abi.FULL_POLICIES, "FULL", "What happens when a ring is full"],
];
const STRUCTURES = [abi.BOOT_INFO, abi.BOOT_CHANNEL, abi.RING_CONFIG, abi.RING_PRODUCER, abi.RING_CONSUMER];

/** Words that have no number are planned, and no guest meets them. */
const wordsOf = (table) =>
  Object.entries(table)
    .filter(([, row]) => row.number !== undefined)
    .map(([word, row]) => ({ name: abi.toConstantName(word), ...row }));
const constantsOf = (table) => Object.entries(table).map(([name, row]) => ({ name, ...row }));
const fieldsOf = (structure) => Object.entries(structure.fields).map(([name, field]) => ({ name, ...field }));
const calls = Object.entries(abi.SYSTEM_CALLS).map(([name, row]) => ({ name, ...row }));
const statuses = wordsOf(abi.STATUSES);

/** 0x7000_0000_0000 */
const grouped = (value) =>
  `0x${value
    .toString(16)
    .padStart(12, "0")
    .replace(/(?=(?:.{4})+$)(?!^)/g, "_")}`;
const hex = (value) => `0x${value.toString(16)}`;
const offsetHex = (value) => `0x${value.toString(16).padStart(2, "0")}`;

// ---- the C header ---------------------------------------------------------------------------------------------------

const C_TYPES = { u32: ["uint32_t", 4], u64: ["uint64_t", 8], name: ["char", abi.MAX_NAME_BYTES + 1] };

function structureInC(structure) {
  const lines = [`/* ${structure.meaning} */`, `struct hallows_${structure.name} {`];
  let at = 0;
  const reserveUntil = (offset) => {
    if (offset > at) lines.push(`  uint8_t reserved_${at.toString(16).padStart(2, "0")}[${offset - at}];`);
    at = offset;
  };
  const asserts = [];
  for (const field of fieldsOf(structure)) {
    const [type, sizeBytes] = C_TYPES[field.type];
    if (field.offset < at) throw new Error(`${structure.name}.${field.name} overlaps the field before it`);
    reserveUntil(field.offset);
    lines.push(`  ${type} ${field.name}${field.type === "name" ? `[${sizeBytes}]` : ""}; /* ${field.meaning} */`);
    at += sizeBytes;
    asserts.push(
      `HALLOWS_STATIC_ASSERT(offsetof(struct hallows_${structure.name}, ${field.name}) == ${offsetHex(field.offset)});`,
    );
  }
  reserveUntil(structure.sizeBytes);
  lines.push("};", ...asserts);
  lines.push(`HALLOWS_STATIC_ASSERT(sizeof(struct hallows_${structure.name}) == ${structure.sizeBytes});`, "");
  return lines;
}

function makeHeader() {
  const define = (name, value, meaning = "") =>
    `#define HALLOWS_${name} ${value}${meaning === "" ? "" : ` /* ${meaning} */`}`;
  const number = (value) => (typeof value === "bigint" ? `${hex(value)}ull` : `${value}u`);
  const constants = (table) =>
    constantsOf(table).map(({ name, value, meaning }) => define(name, number(value), meaning));
  return [
    "/*",
    " * The binary interface between Hallows and its guests. Generated from src/abi by tools/gen-abi.mjs: do not edit.",
    " * docs/abi.md has the same in words.",
    " */",
    "#ifndef HALLOWS_ABI_H",
    "#define HALLOWS_ABI_H",
    "",
    "#include <stddef.h>",
    "#include <stdint.h>",
    "",
    "#ifdef __cplusplus",
    '#define HALLOWS_STATIC_ASSERT(condition) static_assert(condition, "layout")',
    "#else",
    '#define HALLOWS_STATIC_ASSERT(condition) _Static_assert(condition, "layout")',
    "#endif",
    "",
    define("ABI_VERSION", `${abi.ABI_VERSION}u`),
    define("BOOT_INFO_MAGIC", number(abi.BOOT_INFO_MAGIC)),
    define("RING_MAGIC", `${hex(abi.RING_MAGIC)}u`),
    "",
    "/* Address space of a partition. */",
    ...constants(abi.ADDRESS_SPACE),
    "",
    "/* Limits. */",
    ...constants(abi.LIMITS),
    "",
    "/* A ring, from its start. */",
    ...constants(abi.RING_LAYOUT),
    ...constants(abi.CONSOLE_LAYOUT),
    define("BOOT_CHANNELS_OFFSET", `${hex(abi.BOOT_CHANNELS_OFFSET)}u`, "In the boot-information page."),
    "",
    "/* System calls: the number, in RAX. */",
    ...calls.map((call) => define(`CALL_${call.name.toUpperCase()}`, `${call.number}u`)),
    "",
    "/* Statuses, in RAX afterwards. */",
    ...statuses.map(({ name, number: value, meaning }) => define(name, `${value}u`, meaning)),
    "",
    ...WORDS.flatMap(([table, prefix, title]) => [
      `/* ${title}. */`,
      ...wordsOf(table).map((word) => define(`${prefix}_${word.name}`, `${word.number}u`, word.meaning)),
      "",
    ]),
    "/* A deadline that never comes. */",
    define("NO_DEADLINE", number(abi.NO_DEADLINE)),
    "",
    ...STRUCTURES.flatMap(structureInC),
    "#endif",
    "",
  ].join("\n");
}

// ---- the document ---------------------------------------------------------------------------------------------------

function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map((cell) => String(cell).replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [line(cells[0]), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...cells.slice(1).map(line)];
}

function makeDocument() {
  const addressRows = constantsOf(abi.ADDRESS_SPACE).map(({ name, value, meaning }) => [
    `\`${name}\``,
    grouped(value),
    meaning,
  ]);
  const constantRows = (table) => constantsOf(table).map(({ name, value, meaning }) => [`\`${name}\``, value, meaning]);
  return [
    "# The binary interface of guests",
    "",
    "Generated from `src/abi` by `tools/gen-abi.mjs`; the C header `images/sdk/hallows_abi.h` comes from the same",
    `source. This is version ${abi.ABI_VERSION}. How to write a program against it is in [guest-programs.md](guest-programs.md).`,
    "",
    "All fields are little-endian and naturally aligned. Bytes that no table names are zero and reserved.",
    "",
    "## Start of a thread",
    "",
    "Every thread starts at the program's ELF entry point, in ring 3 of 64-bit mode, with",
    "",
    "- RDI: address of the boot-information page",
    "- RSI: index of the thread in its partition, from 0",
    "- RDX: address of the function that the description names as the thread's `entry`, or 0 for `main`",
    "- RSP: the top of its own stack, such that RSP + 8 is a multiple of 16, as after a call; there is no return address",
    "",
    "All other general registers are zero. All statically initialised memory is as the ELF file says, also after a restart.",
    "",
    "## Address space",
    "",
    "No page is both writable and executable. What isn't listed or lies between is not mapped, and touching it is a page fault.",
    "",
    ...table(["name", "address or size", "meaning"], addressRows),
    "",
    "## Limits",
    "",
    ...table(["name", "value", "meaning"], constantRows(abi.LIMITS)),
    "",
    "## System calls",
    "",
    "`SYSCALL` with the number in RAX and arguments in RDI, RSI, RDX, R10. Afterwards RAX holds a status and RDX a value",
    "(0 where the table names none). The processor overwrites RCX and R11; all other registers are kept. A number that isn't",
    "in the table returns INVALID_PARAM. No system call takes an address: a bad pointer can't be passed.",
    "",
    ...table(
      ["number", "name", "arguments", "value", "statuses"],
      calls.map((call) => [
        call.number,
        `\`${call.name}\``,
        call.arguments.join(", "),
        call.value,
        call.statuses.map(abi.toConstantName).join(", "),
      ]),
    ),
    "",
    ...calls.map((call) => `- \`${call.name}\`: ${call.meaning}`),
    "",
    `Deadlines are absolute TSC cycles, unsigned; one in the past, such as 0, means "do not wait", and ${hex(abi.NO_DEADLINE)}`,
    "(`NO_DEADLINE`) never comes. Channel ends have the numbers of the boot-information page; bit i of a mask is end i.",
    "",
    "### Statuses",
    "",
    ...table(
      ["value", "name", "meaning"],
      statuses.map(({ name, number, meaning }) => [number, name, meaning]),
    ),
    "",
    ...WORDS.flatMap(([words, prefix, title]) => [
      `### ${title}`,
      "",
      ...table(
        ["value", "name in C", "meaning"],
        wordsOf(words).map(({ name, number, meaning }) => [number, `\`HALLOWS_${prefix}_${name}\``, meaning]),
      ),
      "",
    ]),
    "## Structures",
    "",
    "`name` is an array of " + (abi.MAX_NAME_BYTES + 1) + " bytes, closed by a zero.",
    "",
    ...STRUCTURES.flatMap((structure) => [
      `### ${structure.name}, ${structure.sizeBytes} bytes`,
      "",
      structure.meaning,
      "",
      ...table(
        ["offset", "type", "field", "meaning"],
        fieldsOf(structure).map((field) => [offsetHex(field.offset), field.type, `\`${field.name}\``, field.meaning]),
      ),
      "",
    ]),
    `The entries \`boot_channel\` begin at offset ${hex(abi.BOOT_CHANNELS_OFFSET)} of the boot-information page, one after the other. Magic`,
    `numbers: boot information ${hex(abi.BOOT_INFO_MAGIC)} ("HALLOWS" and a zero byte), ring ${hex(abi.RING_MAGIC)} ("RING").`,
    "",
    "## The queue ring",
    "",
    "A ring has one producer and one consumer, and lies at the address that its `boot_channel` gives:",
    "",
    ...table(
      ["offset", "name", "what"],
      constantsOf(abi.RING_LAYOUT)
        .filter(({ name }) => name.endsWith("_OFFSET"))
        .map(({ name, value, meaning }) => [`0x${value.toString(16).padStart(4, "0")}`, `\`${name}\``, meaning]),
    ),
    "",
    "`head` and `tail` are free-running 32-bit counters, masked with `slots - 1` on use. `tail - head` (modulo 2^32) is the",
    "number of messages inside, and never above `slots`. The message of counter i is `lengths[i]` bytes at",
    "`slots_offset + (i mod slots) * slot_stride`, and never longer than `slot_bytes`. An index or a length outside these",
    "bounds is a **ring violation**: who sees it reports `HALLOWS_REPORT_RING_VIOLATION` with the number of its channel end,",
    "the channel is quarantined, and `notify` on it returns NOT_AVAILABLE from then on. Each end checks what its peer wrote",
    "each time it reads it, and reads a length once.",
    "",
    "**Doorbells.** `item_event` and `space_event` say what their writer waits for. Whoever moves an index from `old` to",
    "`new` stores it, then needs a full fence, then reads the other side's event, and rings the doorbell exactly when",
    "",
    "    (u32)(new - event - 1) < (u32)(new - old)",
    "",
    "Whoever wants to sleep stores its event, then needs a full fence, then looks at the index again, and waits only if there",
    "is still nothing. Without both fences each side can miss what the other has just stored, and a wake-up is lost.",
    "",
    "A partition may fall after it has stored an index and before it rings. When it has started again, or has stopped, the",
    "kernel rings the other end of each of its channels, in both directions; so a doorbell can ring for nothing new.",
    "",
    `**The console** is channel end 0 of each partition: a ring of ${abi.CONSOLE_SLOTS} slots of ${abi.CONSOLE_SLOT_BYTES} bytes whose consumer is the console`,
    "device. It takes out everything during the system call `notify`, so that a full ring is emptied by one `notify`.",
    "",
  ].join("\n");
}

// ---- write or check -------------------------------------------------------------------------------------------------

const isCheck = process.argv.includes("--check");
const stale = [];
for (const [path, text] of [
  [HEADER, makeHeader()],
  [DOCUMENT, makeDocument()],
]) {
  let old = "";
  try {
    old = readFileSync(root + path, "utf8");
  } catch {
    // a missing file is a stale one
  }
  if (old === text) continue;
  stale.push(path);
  if (!isCheck) writeFileSync(root + path, text);
}
if (isCheck && stale.length > 0) {
  console.error(`stale: ${stale.join(", ")}. Run \`npm run gen\` (node tools/gen-abi.mjs after a build).`);
  process.exit(1);
}
console.log(
  stale.length === 0 ? "the ABI's header and document are current" : `${isCheck ? "" : "wrote "}${stale.join(", ")}`,
);
