/**
 * What the translating engine knows of blocks: how hot they are, and the regions that begin there. Host state, which
 * goes with the block.
 */
import type { Block } from "../../code/block.js";
import type { Region } from "../plan/index.js";

export interface Translation {
  /** How often the interpreter has come to the block; -Infinity where it can't be translated. */
  heat: number;
  region: Region | null;
  /** How often its region had to make room for others. */
  evictions: number;
}

export interface Translations {
  of(block: Block): Translation;
}

export function createTranslations(): Translations {
  return {
    of: (block) =>
      ((block.translation as Translation | null) ??
        (block.translation = { heat: 0, region: null, evictions: 0 })) as Translation,
  };
}
