/**
 * Segment selectors as ring 3 reads them. The descriptors are fixed: flat 64-bit code and flat data, as most 64-bit
 * kernels lay them out. DS, ES, FS and GS hold null.
 */
import { Segment } from "../../isa/instruction.js";

export const USER_CODE_SELECTOR = 0x33;
export const USER_DATA_SELECTOR = 0x2b;

export function readSelectorTable(segment: Segment): number {
  if (segment === Segment.Cs) return USER_CODE_SELECTOR;
  return segment === Segment.Ss ? USER_DATA_SELECTOR : 0;
}
