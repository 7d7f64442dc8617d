/**
 * What is explored: a system of a channel and its ends, on a core each.
 *
 * `restarts`: how many restarts each partition may suffer, in the order of `names`. The bound is of 2 slots and 3
 * messages (4 KiB and 5 messages of bytes), so that rings fill, wrap and pass 2^32, and each side sleeps more
 * than twice.
 */
const ONE = ["sender", "receiver"];
const RING = 'from = "sender"\nto = "receiver"\nslots = 2\nslot_size = "16 B"\n';
export const START = 0xffffffff;

function queue(policy, mode = "single", restarts = [0, 0]) {
  return { program: "queue", names: ONE, channel: `name = "${mode}"\n${RING}full = "${policy}"\n`, restarts };
}

const producers = {
  program: "queue",
  names: ["sender", "second", "receiver"],
  channel: 'name = "batch"\nfrom = ["sender", "second"]\nto = "receiver"\nslots = 2\nslot_size = "16 B"\n',
};
const listeners = (policy) => ({
  program: "broadcast",
  names: ["sender", "first", "second"],
  channel: `name = "news"\nkind = "broadcast"\nfrom = "sender"\nto = ["first", "second"]\nslots = 2\nslot_size = "16 B"\nfull = "${policy}"\n`,
});
const sampling = {
  program: "sampling",
  names: ONE,
  channel: 'name = "value"\nkind = "sampling"\nfrom = "sender"\nto = "receiver"\nslots = 2\nslot_size = "16 B"\n',
};
const call = {
  program: "call",
  names: ["caller", "answerer"],
  channel:
    'name = "questions"\nkind = "call"\nfrom = "caller"\nto = "answerer"\nslots = 2\nslot_size = "16 B"\nreply_size = "16 B"\n',
};
const bytes = (policy) => ({
  program: "bytes",
  names: ONE,
  channel: `name = "bytes"\nkind = "bytes"\nfrom = "sender"\nto = "receiver"\nsize = "4 KiB"\nfull = "${policy}"\n`,
  start: 0xfffff000 + 2 * 1016,
});

export const SCENARIOS = {
  "queue, block": queue("block"),
  "queue, block, restarts": queue("block", "single", [1, 1]),
  "queue, batches": queue("block", "batch"),
  "queue, batches, restarts": queue("block", "batch", [1, 1]),
  "queue, refuse": queue("refuse"),
  "queue, refuse, restarts": queue("refuse", "single", [1, 1]),
  "queue, drop-newest": queue("drop-newest"),
  "queue, drop-oldest": queue("drop-oldest"),
  "queue, drop-oldest, restarts": queue("drop-oldest", "single", [1, 1]),
  "queue, two producers": { ...producers, restarts: [] },
  "queue, two producers, restarts": { ...producers, restarts: [1, 0, 1], isLong: true },
  "broadcast, block": { ...listeners("block"), restarts: [] },
  "broadcast, block, restarts": { ...listeners("block"), restarts: [1, 1, 0], isLong: true },
  "broadcast, drop-oldest": { ...listeners("drop-oldest"), restarts: [] },
  sampling: { ...sampling, restarts: [] },
  "sampling, restarts": { ...sampling, restarts: [1, 1] },
  call: { ...call, restarts: [] },
  "call, restarts": { ...call, restarts: [1, 1] },
  "bytes, block": { ...bytes("block"), restarts: [] },
  "bytes, block, restarts": { ...bytes("block"), restarts: [1, 1] },
};

export function describeSystem({ names, channel, program }) {
  const partitions = names.map(
    (name, core) =>
      `[partition.${name}]\nclass = "backend"\nprogram = "${program}.elf"\ncore = ${core}\nrestart = "restart"\n`,
  );
  return `[machine]\nfrequency = "1 MHz"\n${partitions.join("")}[[channel]]\n${channel}`;
}

/** What shared words hold at the start: counters that are about to pass 2^32, and wishes for the first message. */
export function initialMemory({ channels }, start = START) {
  const words = new Map();
  for (const { links } of channels)
    for (const { fromSide, toSide } of links)
      for (const side of [fromSide, toSide])
        if (side !== null) for (const offset of [0, 4, 0x40, 0x80, 0x84]) words.set(side + offset, start);
  return words;
}
