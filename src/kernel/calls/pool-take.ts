/** The call `pool_take`: maps a block that was given to the caller, or is sealed. */
import { PATHS } from "../costs/cost.js";
import { takeBlock } from "../pools/pool.js";
import type { SystemCall } from "./call.js";

/** What pages take is bounded by the system's pools: see longestPoolCall. */
export const poolTake: SystemCall = { handle: takeBlock, ways: [[PATHS.poolCall]] };
