/**
 * A program's segments as page-aligned regions with rights, ready to be given frames.
 *
 * Rights belong to pages. Where two segments meet inside a page, that page gets the rights of both and is a region of
 * its own; the reader has refused the case in which it would be writable and executable. Pure.
 */
import { PAGE_SIZE_BYTES, type VirtualAddress } from "../units.js";
import type { Program, ElfSegment } from "./elf-types.js";

/** As RegionPlan, before frames are assigned. */
export interface ProgramRegion {
  readonly name: string;
  readonly at: VirtualAddress;
  /** A multiple of 4096. */
  readonly sizeBytes: number;
  readonly rights: { readonly write: boolean; readonly execute: boolean };
  /** From the start of the region; without trailing zeros beyond the file's bytes. */
  readonly contents: Uint8Array;
}

const PAGE = BigInt(PAGE_SIZE_BYTES);

/** Sorted by address, never overlapping. */
export function programRegions(program: Program): ProgramRegion[] {
  const { segments } = program;
  const bounds = new Set<bigint>();
  for (const segment of segments) {
    const [first, last] = pagesOf(segment);
    bounds.add(first).add(last + 1n);
    // The pages at both ends may be shared with a neighbour.
    bounds.add(first + 1n).add(last);
  }
  const cuts = [...bounds].toSorted((a, b) => (a < b ? -1 : 1));
  const regions: ProgramRegion[] = [];
  cuts.slice(0, -1).forEach((firstPage, index) => {
    const endPage = cuts[index + 1];
    const inside = segments.filter((segment) => {
      const [first, last] = pagesOf(segment);
      return first <= firstPage && endPage <= last + 1n;
    });
    if (inside.length > 0) regions.push(makeRegion(inside, firstPage * PAGE, Number((endPage - firstPage) * PAGE)));
  });
  return joinRegions(regions, segments).map((region) => ({ ...region, name: regionName(region) }));
}

/** First and last page of a segment, both included. */
function pagesOf(segment: ElfSegment): [bigint, bigint] {
  return [segment.at / PAGE, (segment.at + BigInt(segment.sizeBytes) - 1n) / PAGE];
}

function makeRegion(segments: readonly ElfSegment[], at: bigint, sizeBytes: number): ProgramRegion {
  const ends = segments.map((segment) => Number(segment.at - at) + segment.contents.length);
  const contents = new Uint8Array(Math.max(0, Math.min(sizeBytes, Math.max(...ends))));
  for (const segment of segments) {
    const offset = Number(segment.at - at);
    const from = Math.max(0, -offset);
    const part = segment.contents.subarray(from, Math.max(from, sizeBytes - offset));
    if (part.length > 0) contents.set(part, Math.max(0, offset));
  }
  return {
    name: "",
    at,
    sizeBytes,
    rights: { write: segments.some(({ write }) => write), execute: segments.some(({ execute }) => execute) },
    contents,
  };
}

/** Joins pieces of one segment that were cut only to look for neighbours. */
function joinRegions(regions: readonly ProgramRegion[], segments: readonly ElfSegment[]): ProgramRegion[] {
  const joined: ProgramRegion[] = [];
  for (const region of regions) {
    const before = joined[joined.length - 1];
    const isNext = before !== undefined && before.at + BigInt(before.sizeBytes) === region.at;
    const isSameSegment =
      isNext &&
      segments.some((segment) => {
        const [first, last] = pagesOf(segment);
        return first <= before.at / PAGE && region.at / PAGE <= last;
      });
    const sameRights =
      isNext && before.rights.write === region.rights.write && before.rights.execute === region.rights.execute;
    // Zeros between the file bytes of two segments would have to be stored: a hostile file could ask for gigabytes.
    const isDense = region.contents.length === 0 || before?.contents.length === before?.sizeBytes;
    if (isSameSegment && sameRights && isDense) joined[joined.length - 1] = join(before, region);
    else joined.push(region);
  }
  return joined;
}

function join(before: ProgramRegion, region: ProgramRegion): ProgramRegion {
  let contents = before.contents;
  if (region.contents.length > 0) {
    contents = new Uint8Array(before.sizeBytes + region.contents.length);
    contents.set(before.contents);
    contents.set(region.contents, before.sizeBytes);
  }
  return { ...before, sizeBytes: before.sizeBytes + region.sizeBytes, contents };
}

function regionName({ rights }: ProgramRegion): string {
  if (rights.execute) return "code";
  return rights.write ? "data" : "constants";
}
