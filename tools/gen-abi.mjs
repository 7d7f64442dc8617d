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
  [abi.CHANNEL_KIND_NUMBERS, "KIND", "Kinds of channels"],
  [abi.FULL_POLICIES, "FULL", "What happens when a ring is full"],
  [abi.STORE_OPERATIONS, "STORE", "Operations of a store"],
  [abi.STORE_STATUSES, "STORE", "Statuses of a store"],
  [abi.NET_FRAMES, "NET", "Frames of a device of kind net"],
  [abi.NET_REASONS, "NET_REASON", "Why a connection of a device of kind net is gone or was not made"],
  [abi.DISPLAY_OPERATIONS, "DISPLAY", "Operations of a display"],
  [abi.DISPLAY_STATUSES, "DISPLAY", "Statuses of a display"],
  [abi.INPUT_KINDS, "INPUT", "Kinds of input events"],
  [abi.POOL_MODES, "POOL", "Modes of pools"],
];
const STRUCTURES = [
  abi.BOOT_INFO,
  abi.BOOT_CHANNEL,
  abi.BOOT_LINK,
  abi.CHANNEL_SIDE,
  abi.DESCRIPTOR,
  abi.CALL_HEAD,
  abi.SAMPLE,
  abi.NET_HEAD,
  abi.CLOCK_VALUE,
  abi.RECORD,
  abi.STORE_REQUEST,
  abi.STORE_REPLY,
  abi.DISPLAY_REQUEST,
  abi.DISPLAY_REPLY,
  abi.INPUT_EVENT,
  abi.BOOT_POOL,
  abi.BOOT_MEMBER,
  abi.BLOCK_REFERENCE,
];

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
    define("ABI_NOTE_NAME", `"${abi.ABI_NOTE_NAME}"`),
    define("ABI_NOTE_TYPE", `${abi.ABI_NOTE_TYPE}u`),
    "",
    "/* Address space of a partition. */",
    ...constants(abi.ADDRESS_SPACE),
    "",
    "/* Limits. */",
    ...constants(abi.LIMITS),
    "",
    "/* A side of a channel, from its start. */",
    ...constants(abi.SIDE_LAYOUT),
    ...constants(abi.RECORD_LAYOUT),
    ...constants(abi.CONSOLE_LAYOUT),
    ...constants(abi.NET_LAYOUT),
    "",
    "/* System calls: the number, in RAX. */",
    ...calls.map((call) => define(`CALL_${call.name.toUpperCase()}`, `${call.number}u`)),
    "",
    "/* Statuses, in RAX afterwards. */",
    ...statuses.map(({ name, number: value, meaning }) => define(name, `${value}u`, meaning)),
    "",
    "/* Codes of keys, and bits of what was held. */",
    ...constants(abi.INPUT_KEYS),
    ...constants(abi.INPUT_BITS),
    "",
    ...WORDS.flatMap(([table, prefix, title]) => [
      `/* ${title}. */`,
      ...wordsOf(table).map((word) => define(`${prefix}_${word.name}`, `${word.number}u`, word.meaning)),
      "",
    ]),
    "/* A deadline that never comes. */",
    define("NO_DEADLINE", number(abi.NO_DEADLINE)),
    "/* In a mask: a doorbell wakes the most urgent of those who wait so. In place of a link: the end itself. */",
    define("WAIT_BY_PRIORITY", number(abi.WAIT_BY_PRIORITY)),
    define("OWN_END", number(abi.OWN_END)),
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
    "- RDI: address of the boot information",
    "- RSI: index of the thread in its partition, from 0",
    "- RDX: address of the function that the description names as the thread's `entry`, or 0 for `main`",
    "- RSP: the top of its own stack, such that RSP + 8 is a multiple of 16, as after a call; there is no return address",
    "",
    "All other general registers are zero. All statically initialised memory is as the ELF file says, also after a restart.",
    "",
    "A program says for which version it was built by an ELF note (a PT_NOTE segment) of name " +
      `"${abi.ABI_NOTE_NAME}", type ${abi.ABI_NOTE_TYPE}, whose`,
    `content is the version as a u32: ${abi.ABI_VERSION}. Programs of version 1 have none, and are refused: build them again with this SDK,`,
    "which has the note. Additions that a program can't notice (a call, a row, a field in reserved bytes) raise no number.",
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
    "(`NO_DEADLINE`) never comes. Channel ends have the numbers of the boot information; bit i of a mask is end i. The links of",
    "an end are numbered from 0; most ends have one.",
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
    "The boot information begins with `boot_info`, which says where the entries `boot_channel` and `boot_link` begin and how",
    `large each is. Magic number: ${hex(abi.BOOT_INFO_MAGIC)} ("HALLOWS" and a zero byte).`,
    "",
    "## Channels",
    "",
    "A channel has ends that produce and ends that consume, several of one of the two. Each pair is a **link**, and what an",
    "end writes is its **side** of a link, at the address that `boot_link` gives. Whoever produces messages has them in its",
    "side:",
    "",
    "    +0x000  tail, claimed, generation    what it has produced",
    "    +0x040  head                         what it has consumed of the peer's side",
    "    +0x080  item_event, space_event      what it wishes to be rung for",
    "    +0x0c0  refused, lost                for whoever looks on",
    "    +0x100  descriptors[slots], then the slots at slots_offset, slot_stride apart: producers alone",
    "",
    "Sides with the same writer and the same readers share pages: the writer may write them, the readers only read, and",
    "nobody else has them. So a partition can damage only what it says itself, and its readers check that.",
    "",
    "Counters run freely modulo 2^32 and are masked with `slots - 1` on use. All zeros is an empty channel. A counter or length",
    "that can't be is a **violation**: who sees it reports `HALLOWS_REPORT_RING_VIOLATION` with the number of its channel end",
    "and link; the link is quarantined: both partitions find `is_quarantined` set, whoever waits there is woken, and `notify`",
    "returns NOT_AVAILABLE from then on. Each end checks what its peer wrote each time it reads it, and reads it once.",
    "",
    "A partition that restarts goes on from the counters in its sides, and writes its new generation there. Every descriptor",
    "has the generation in which its message was written.",
    "",
    "**Doorbells.** `item_event` and `space_event` say what their writer waits for. Whoever moves a counter from `old` to",
    "`new` stores it, then needs a full fence, then reads the other side's event, and rings the doorbell exactly when",
    "",
    "    (u32)(new - event - 1) < (u32)(new - old)",
    "",
    "Whoever wants to sleep stores its event, then needs a full fence, then looks at the counter again, and waits only if",
    "there is still nothing. Without both fences each side can miss what the other has just stored, and a wake-up is lost.",
    "",
    "A partition may fall after it has stored a counter and before it rings. When it has started again, or has stopped, the",
    "kernel rings the peer at each of its links; so a doorbell can ring for nothing new.",
    "",
    "### Kind queue",
    "",
    "The producer's `tail` counts messages published, the consumer's `head` those released. `tail - head` is the number of",
    "messages inside, and never above `slots`. Message n is in slot n mod slots. With several producers each link is a ring of",
    "its own: none can harm what another sends. The consumer's end, and its doorbell, is one.",
    "",
    "Where the channel drops the oldest, the producer overwrites: it stores `claimed` = n + 1 before it writes message n. A",
    "consumer that finds `tail - head` above `slots` goes on at `tail - slots`; after copying message n it reads `claimed`, and",
    "the copy is good while `claimed - n` is at most `slots`.",
    "",
    "### Kind broadcast",
    "",
    "The producer has one side for all its consumers, who each have a side with a `head` of their own. Otherwise as a queue: the",
    "producer goes no further than `slots` messages ahead of the slowest, or overwrites.",
    "",
    "### Kind bytes",
    "",
    "`tail` and `head` count bytes: `slots` is the size of the ring, which begins at `slots_offset`; there are no descriptors.",
    `In it lie records: a \`record\`, its data, and bytes up to a multiple of ${abi.RECORD_ALIGNMENT}. None crosses the ring's end: one`,
    "with HALLOWS_RECORD_SKIP, which has no message, fills what is left there. `slot_bytes` is the most that a record has. A",
    "message is one record, or several: all but the last have HALLOWS_RECORD_MORE, all but the first HALLOWS_RECORD_CONTINUES. A",
    "record that continues nothing, because a life or a deadline ended in the middle of a message, is dropped.",
    "",
    "### Kind call",
    "",
    "Both sides produce: the caller requests, as a queue, and the other replies, with slots of `reply_bytes`. `tail` is of the",
    "messages that a side has produced, `head` of those that it has consumed of the other's. Each message begins with a",
    "`call_head`. A reply whose generation is not the caller's is dropped, and so is a request whose generation is not the",
    "one in its caller's side. When the generation in the answering side changes, requests under way have no reply.",
    "",
    "### Kind sampling",
    "",
    "Consumers have no side. The producer stores `claimed` = n + 1, writes slot n mod slots (a `sample`, then the value) and its",
    "descriptor, and stores `tail` = n + 1. A consumer reads `tail`, copies slot `tail - 1`, reads `claimed`, and has a good copy",
    "while `claimed - tail` is below `slots`. A generation of 0 in the descriptor means that there was no value yet.",
    "",
    "## Pools",
    "",
    "A pool is memory in blocks of the same size, at the same address in each partition that is a member of it; `boot_pool`",
    "says where, and which member the partition is. Member 0 owns the pool. Programs send each other references (`block`); what",
    "may be read and written is the matter of page rights, which calls change:",
    "",
    "- `share`: the owner may write all blocks, and others read them, at any time. No call changes that.",
    "- `move`: `pool_give` unmaps a block, and makes it the member's, who maps it with `pool_take`. `pool_release` gives it back",
    "  to the owner, who takes it. In the beginning the owner has all blocks.",
    "- `copy`: `pool_give` copies the owner's block into frames of the member's, who maps the copy with `pool_take`, and lets go",
    "  of it with `pool_release`: before that there is no other copy of that block for it.",
    "- `seal`: the owner writes a block, and `pool_seal` makes it read-only. Members map it with `pool_take` and unmap it with",
    "  `pool_release`; once none has it, the owner's `pool_release` makes it writable again.",
    "",
    "Every give, seal and unsealing counts the block's generation on, and a reference of another generation is refused. When a",
    "partition restarts or stops, its blocks are released: what it had been given is the owner's, sealed blocks that it read are",
    "let go of, and references to blocks that it owns and holds are of an old generation. What is in blocks stays.",
    "",
    "## The console",
    "",
    `The console is channel end 0 of each partition: a queue of ${abi.CONSOLE_SLOTS} slots of ${abi.CONSOLE_SLOT_BYTES} bytes whose consumer is the console`,
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
