/** The call `pool_release`: lets go of a block that was taken; of the owner, unseals it. */
import { PATHS } from "../costs/cost.js";
import { changeBlock } from "../pools/pool.js";
import type { SystemCall } from "./call.js";

/** What pages take is bounded by the system's pools: see longestPoolCall. */
export const poolRelease: SystemCall = {
  handle: (caller, pool, block) => changeBlock(caller, "release", pool, block),
  ways: [[PATHS.poolCall]],
};
