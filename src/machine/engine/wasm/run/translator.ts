/**
 * What the parts of the translating engine share. All of it is host state.
 *
 * A core's registers are either in the interpreter's binding or in the core's register file in memory, where translated
 * code works; `inMemory` of its EngineCore says where.
 */
import type { MachineState } from "../../../state.js";
import type { Interpreter } from "../../reference/interpreter.js";
import type { EngineCounts } from "./counts.js";
import type { EngineCore } from "./engine-core.js";
import type { RegionFinder } from "./region-finder.js";
import type { RegionStore } from "./region-store.js";
import type { Synchroniser } from "./synchroniser.js";
import type { Translations } from "./translations.js";

export interface Translator {
  readonly state: MachineState;
  /** The machine's memory. */
  readonly words: Uint32Array;
  readonly counts: EngineCounts;
  readonly reference: Interpreter;
  /** By core. */
  readonly engineCores: readonly EngineCore[];
  readonly synchroniser: Synchroniser;
  readonly translations: Translations;
  readonly regions: RegionStore;
  readonly finder: RegionFinder;
  /** Nothing is translated. */
  readonly isOff: boolean;
  /** Instructions that are still to run before anything is translated. */
  coldInstructions: number;
}
