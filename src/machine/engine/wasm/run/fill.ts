/**
 * What translated code asks the engine for where an access misses the TLB, or is guarded there.
 */
import { walk } from "../../../memory/paging.js";
import { fill, isGuarded, lookUp, TlbKind } from "../../../memory/tlb.js";
import { FrameFlag } from "../../../state.js";
import { LeaveReason, REASON_OFFSET } from "../layout.js";
import type { EngineCore } from "./engine-core.js";
import { pointOf } from "./region-exits.js";
import { accessShared } from "./shared-page-access.js";
import type { Translator } from "./translator.js";

/**
 * The offset in RAM of the access at an address, given by halves, or -1: then its block is left through `exit`,
 * for the reason that stands in memory. `accessFlags`: see gate.ts.
 */
export function fillEntry(
  { state, words, counts, regions, synchroniser }: Translator,
  engineCore: EngineCore,
  low: number,
  high: number,
  accessFlags: number,
  exit: number,
): number {
  counts.fills++;
  words[(engineCore.base + REASON_OFFSET) >>> 2] = LeaveReason.None;
  const address = (high >>> 0) * 4294967296 + (low >>> 0);
  const offset = low & 4095;
  if (address >= 0x8000_0000_0000 || offset + ((accessFlags >> 1) & 31) > 4096) return -1;
  const kind: TlbKind = accessFlags & 1;
  let frame = lookUp(engineCore.tlb, kind, address);
  if (frame < 0) {
    const walked = walk(state, engineCore.core.tableRoot, address, kind === TlbKind.Write ? "write" : "read");
    if (walked.frame < 0) return -1;
    frame = walked.frame;
    fill(engineCore.tlb, kind, address, frame, walked.global, state.frameFlags[frame >>> 12]);
  }
  const flags = state.frameFlags[frame >>> 12];
  // mutant shared-pages-are-private: if (frame >= 0) return frame + offset;
  // mutant fill-forgets-the-offset: if (!isGuarded(kind, flags)) return frame;
  if (!isGuarded(kind, flags)) return frame + offset;
  if ((flags & FrameFlag.Synchronising) === 0 || (kind === TlbKind.Write && (flags & FrameFlag.Code) !== 0)) return -1;
  const row = regions.exits[exit];
  if (row === null) return -1;
  const point = pointOf(regions.points, row);
  return accessShared(synchroniser, engineCore.sharing, low, frame + offset, accessFlags, point);
}
