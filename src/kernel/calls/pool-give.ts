/** The call `pool_give`: a block of a pool, or a copy of it, becomes another member's. */
import { PATHS } from "../costs/cost.js";
import { giveBlock } from "../pools/pool.js";
import type { SystemCall } from "./call.js";

/** What pages take is bounded by the system's pools: see longestPoolCall. */
export const poolGive: SystemCall = { handle: giveBlock, ways: [[PATHS.poolCall]] };
