/**
 * Moments: states of the machine that share the pages in which they don't differ. Many can be kept where few snapshots
 * could, and going from one to another writes only what differs, so translated code stays.
 *
 * A moment is a table of pages, in groups; what did not change between two moments is the same object in both. Which
 * pages of RAM may have changed is known from FrameFlag.Written: the page walker sets it on its way to an entry of the
 * write TLB, and on tables in which it sets bits; so does whoever writes RAM from outside of guests. Once a moment has
 * been taken the flags are cleared, but for pages that a write TLB, a store ahead of its turn (ahead.ts) or a delayed
 * one still leads to.
 *
 * Invariant: a page of RAM that is not flagged equals its page in `pages`.
 */
import { Bug } from "../errors.js";
import { PAGE_SIZE_BYTES } from "../units.js";
import type { AheadStores } from "./ahead.js";
import { type Tlb, TlbKind, visitFrames } from "./memory/tlb.js";
import {
  AHEAD_BYTES,
  CONTEXTS_BASE,
  CONTEXT_STRIDE,
  CORE_STRIDE,
  FrameFlag,
  HASH_BASE,
  HASH_STRIDE,
  MAX_CONTEXTS,
  MAX_HASH_SLOTS,
  MEMORY_MODEL_BASE,
  MEMORY_MODEL_STRIDE,
  RAM_BASE,
  type CoreState,
  type MachineState,
} from "./state.js";

/** The words of a page; null for zeros. Never changed. */
type Page = Int32Array | null;

/** 1 MiB. Never changed: a group in which a page differs is another group. */
type PageGroup = readonly Page[];

export interface MachineMoment {
  /** RAM. */
  readonly groups: readonly PageGroup[];
  /** What lies outside of RAM: registers, contexts, hashes, stores ahead of their turn. */
  readonly outside: PageGroup;
  readonly cores: readonly CoreState[];
}

export interface Moments {
  take(): MachineMoment;
  /** Puts memory and cores back. `changed` is told of each page of RAM whose bytes are others now. */
  restore(moment: MachineMoment, changed: (at: number) => void): void;
  /** Memory was written without flags: nothing is known of it any more. */
  forget(): void;
}

const GROUP_PAGES = 256;
const PAGE_WORDS = PAGE_SIZE_BYTES / 4;

/** Bytes of pages that `moment` does not share with the one before it. */
export function ownBytes(moment: MachineMoment, before: MachineMoment | null): number {
  let count = 0;
  moment.groups.forEach((group, i) => {
    const other = before?.groups[i];
    if (group !== other) for (let p = 0; p < group.length; p++) if (isOwn(group[p], other?.[p])) count++;
  });
  for (let p = 0; p < moment.outside.length; p++) if (isOwn(moment.outside[p], before?.outside[p])) count++;
  return count * PAGE_SIZE_BYTES;
}

function isOwn(page: Page, other: Page | undefined): boolean {
  return page !== null && page !== other;
}

/** Addresses of the pages outside of RAM in which state lies. */
function outsidePages({ cores, ramBytes }: MachineState, modelBytes: number): readonly number[] {
  const areas: [at: number, sizeBytes: number][] = [
    ...cores.map(({ id }): [number, number] => [id * CORE_STRIDE, PAGE_SIZE_BYTES]),
    [CONTEXTS_BASE, MAX_CONTEXTS * CONTEXT_STRIDE],
    [HASH_BASE, MAX_HASH_SLOTS * HASH_STRIDE],
    ...cores.map(({ id }): [number, number] => [MEMORY_MODEL_BASE + id * MEMORY_MODEL_STRIDE, modelBytes]),
    [RAM_BASE + ramBytes, AHEAD_BYTES],
  ];
  return areas.flatMap(([at, sizeBytes]) =>
    Array.from({ length: Math.ceil(sizeBytes / PAGE_SIZE_BYTES) }, (_, page) => at + page * PAGE_SIZE_BYTES),
  );
}

/** `modelBytes`: what the timing profile's memory model keeps of a core. */
export function createMoments(
  state: MachineState,
  tlbs: readonly Tlb[],
  ahead: AheadStores,
  modelBytes: number,
): Moments {
  const words = new Int32Array(state.memory.buffer);
  const { frameFlags } = state;
  const flagWords = new Int32Array(frameFlags.buffer, frameFlags.byteOffset, frameFlags.length / 4);
  const outsideAt = outsidePages(state, modelBytes);
  const groupCount = Math.ceil(frameFlags.length / GROUP_PAGES);
  /** What RAM held when a moment was last taken or restored; null when nothing is known. */
  let pages: PageGroup[] | null = null;
  let outside: PageGroup = outsideAt.map(() => null);

  /** The page at an address, as the known one where they are equal. */
  function pageAt(at: number, known: Page): Page {
    const first = at >>> 2;
    let i = 0;
    if (known === null) while (i < PAGE_WORDS && words[first + i] === 0) i++;
    else while (i < PAGE_WORDS && words[first + i] === known[i]) i++;
    if (i === PAGE_WORDS) return known;
    if (known !== null) {
      i = 0;
      while (i < PAGE_WORDS && words[first + i] === 0) i++;
      if (i === PAGE_WORDS) return null;
    }
    return words.slice(first, first + PAGE_WORDS);
  }

  function put(at: number, page: Page): void {
    if (page === null) words.fill(0, at >>> 2, (at >>> 2) + PAGE_WORDS);
    else words.set(page, at >>> 2);
  }

  /** Whether a flag is set in a group: flags are bytes, looked at four at a time. */
  function isWritten(group: number): boolean {
    const end = Math.min(((group + 1) * GROUP_PAGES) / 4, flagWords.length);
    for (let i = (group * GROUP_PAGES) / 4; i < end; i++)
      if ((flagWords[i] & (FrameFlag.Written * 0x01010101)) !== 0) return true;
    return false;
  }

  function takeGroup(group: number, known: PageGroup | null): PageGroup {
    if (known !== null && !isWritten(group)) return known;
    const first = group * GROUP_PAGES;
    const count = Math.min(GROUP_PAGES, frameFlags.length - first);
    let changed: Page[] | null = null;
    for (let i = 0; i < count; i++) {
      // mutant written-pages-are-not-saved: if (known !== null) continue;
      if (known !== null && (frameFlags[first + i] & FrameFlag.Written) === 0) continue;
      const before = known === null ? null : known[i];
      const page = pageAt(RAM_BASE + (first + i) * PAGE_SIZE_BYTES, before);
      if (page === before) continue;
      changed ??= known === null ? Array.from({ length: count }, () => null) : [...known];
      changed[i] = page;
    }
    return changed ?? known ?? Array.from({ length: count }, () => null);
  }

  function flag(frame: number): void {
    frameFlags[frame >>> 12] |= FrameFlag.Written;
  }

  /** From now on a flag means: written since now. */
  function clearFlags(): void {
    for (let i = 0; i < flagWords.length; i++) flagWords[i] &= ~(FrameFlag.Written * 0x01010101);
    // mutant pages-in-tlbs-are-not-written:
    for (const tlb of tlbs) visitFrames(tlb, TlbKind.Write, flag);
    ahead.visit((physical, sizeBytes) => {
      flag(physical);
      flag(physical + sizeBytes - 1);
    });
    for (const { storeBuffer } of state.cores)
      for (const { physical, sizeBytes } of storeBuffer) {
        flag(physical);
        flag(physical + sizeBytes - 1);
      }
  }

  function restoreGroup(group: number, wanted: PageGroup, changed: (at: number) => void): void {
    const known = pages === null ? null : pages[group];
    if (known === wanted && !isWritten(group)) return;
    const first = group * GROUP_PAGES;
    for (let i = 0; i < wanted.length; i++) {
      const isKnown = known !== null && (frameFlags[first + i] & FrameFlag.Written) === 0;
      if (isKnown && known[i] === wanted[i]) continue;
      const at = (first + i) * PAGE_SIZE_BYTES;
      if (pageAt(RAM_BASE + at, wanted[i]) === wanted[i]) continue;
      put(RAM_BASE + at, wanted[i]);
      changed(at);
    }
  }

  return {
    take() {
      const known = pages;
      pages = Array.from({ length: groupCount }, (_, group) => takeGroup(group, known === null ? null : known[group]));
      outside = outsideAt.map((at, i) => pageAt(at, outside[i]));
      clearFlags();
      return { groups: pages, outside, cores: structuredClone(state.cores) };
    },
    restore(moment, changed) {
      if (moment.groups.length !== groupCount || moment.cores.length !== state.cores.length)
        throw new Bug("the moment belongs to a machine of another size");
      moment.groups.forEach((group, i) => restoreGroup(i, group, changed));
      outsideAt.forEach((at, i) => put(at, moment.outside[i]));
      pages = [...moment.groups];
      outside = moment.outside;
      for (const [i, core] of structuredClone(moment.cores).entries()) Object.assign(state.cores[i], core);
      clearFlags();
    },
    forget() {
      pages = null;
    },
  };
}
