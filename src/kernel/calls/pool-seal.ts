/** The call `pool_seal`: the owner gives up its right to write a block. */
import { PATHS } from "../costs/cost.js";
import { changeBlock } from "../pools/pool.js";
import type { SystemCall } from "./call.js";

/** What pages take is bounded by the system's pools: see longestPoolCall. */
export const poolSeal: SystemCall = {
  handle: (caller, pool, block) => changeBlock(caller, "seal", pool, block),
  ways: [[PATHS.poolCall]],
};
