/**
 * Where programs of the lock-step judge live. Each core has tables and frames of its own at the same virtual
 * addresses; one frame is shared by all. Neighbouring pages lie in frames that are not neighbours, so that an access
 * that wrongly goes on in the next frame is seen.
 *
 *   0x400000  code, 4 pages, writable          0x5ff000  private page before the shared one
 *   0x404000  private page right after it      0x600000  shared page (synchronising)
 *   0x410000  the code pages again, no execute 0x601000  private page after it
 *   0x500000  private data, 4 pages            0x603000  the shared page again, read-only
 *   0x504000  read-only page: tables           0x700000  stack, 2 pages, nothing mapped around it
 *   0x505000  not mapped                       0x00007ffffffff000  last page below the hole
 *   0x506000  supervisor page                  0xffff800000000000  first page above it
 *   0x508000  counters: 512 words, one a marker
 */
export const CODE = 0x400000;
export const CODE_BYTES = 0x4000;
export const AFTER_CODE = 0x404000;
export const ALIAS = 0x410000;
export const DATA = 0x500000;
export const DATA_BYTES = 0x4000;
export const DATA_MIDDLE = 0x502000;
export const READ_ONLY = 0x504000;
export const UNMAPPED = 0x505000;
export const SUPERVISOR_ONLY = 0x506000;
export const COUNTERS = 0x508000;
export const COUNTER_SLOTS = 512;
export const BEFORE_SHARED = 0x5ff000;
export const SHARED = 0x600000;
export const AFTER_SHARED = 0x601000;
export const SHARED_READ_ONLY = 0x603000;
export const STACK_TOP = 0x701c00;
export const LAST_LOW_PAGE = 0x7fff_ffff_f000n;
export const FIRST_HIGH_PAGE = 0xffff_8000_0000_0000n;

export const RAM_BYTES = 0x50000;
const SHARED_FRAME = 0x1000;
const CORE_FRAMES = 0x10000;
const CORE_FRAMES_STRIDE = 0x20000;
const TABLE_FRAMES = 12;
/** Offset of a core's table for 0x400000 to 0x5fffff entries: see `dataEntryOf`. */
const WRITABLE = { write: true, execute: false };
const CODE_RIGHTS = { write: true, execute: true };
const FIXED = { write: false, execute: false };

/** Virtual page, frame number within the core's frames (or "shared"), rights. */
const PAGES = [
  [CODE, 3, CODE_RIGHTS],
  [CODE + 0x1000, 1, CODE_RIGHTS],
  [CODE + 0x2000, 2, CODE_RIGHTS],
  [CODE + 0x3000, 0, CODE_RIGHTS],
  [AFTER_CODE, 5, WRITABLE],
  [ALIAS, 3, WRITABLE],
  [ALIAS + 0x1000, 1, WRITABLE],
  [ALIAS + 0x2000, 2, WRITABLE],
  [ALIAS + 0x3000, 0, WRITABLE],
  [DATA, 7, WRITABLE],
  [DATA + 0x1000, 4, WRITABLE],
  [DATA + 0x2000, 8, WRITABLE],
  [DATA + 0x3000, 6, WRITABLE],
  [READ_ONLY, 9, FIXED],
  [SUPERVISOR_ONLY, 10, { ...WRITABLE, user: false }],
  [COUNTERS, 11, WRITABLE],
  [BEFORE_SHARED, 12, WRITABLE],
  [SHARED, "shared", WRITABLE],
  [AFTER_SHARED, 13, WRITABLE],
  [SHARED_READ_ONLY, "shared", FIXED],
  [STACK_TOP - 0x1c00, 15, WRITABLE],
  [STACK_TOP - 0xc00, 14, WRITABLE],
  [LAST_LOW_PAGE, 16, WRITABLE],
  [FIRST_HIGH_PAGE, 17, WRITABLE],
];

const frameOf = (core, place) =>
  place === "shared" ? SHARED_FRAME : CORE_FRAMES + core * CORE_FRAMES_STRIDE + (TABLE_FRAMES + place) * 4096;

const placeByPage = new Map(PAGES.map(([page, place]) => [Number(page), place]));

/** Physical address of a virtual one that is mapped. */
export function physicalOf(core, address) {
  const page = address - (address % 4096);
  return frameOf(core, placeByPage.get(page)) + (address % 4096);
}

/** Maps everything; returns the root of each core's tables. */
export function mapAll(library, machine, cores) {
  const roots = [];
  machine.markSynchronising(SHARED_FRAME, 4096);
  for (let core = 0; core < cores; core++) {
    const first = CORE_FRAMES + core * CORE_FRAMES_STRIDE;
    const arena = { next: first, end: first + TABLE_FRAMES * 4096 };
    const root = library.createTables(machine.state, arena);
    for (const [page, place, rights] of PAGES)
      library.mapPages(machine.state, root, arena, BigInt(page), frameOf(core, place), 4096, rights);
    roots.push(root);
  }
  return roots;
}

/** Where the tables of a core lie. */
export function tablesOf(core) {
  const first = CORE_FRAMES + core * CORE_FRAMES_STRIDE;
  return { at: first, sizeBytes: TABLE_FRAMES * 4096 };
}

/** Physical address of the page-table entry for a page from 0x400000 to 0x5fffff. `read32` reads a word of RAM. */
export function entryOf(root, address, read32) {
  const directory = read32(read32(root) & ~0xfff) & ~0xfff;
  const table = read32(directory + Math.floor(address / 0x200000) * 8) & ~0xfff;
  return table + (Math.floor(address / 4096) % 512) * 8;
}
