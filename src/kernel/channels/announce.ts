/**
 * The end of a partition's work: reloading, and telling its peers that a life of it is over.
 *
 * Ring state outlives the code that announces it: a partition may fall after it has stored an index and before it
 * rings, and a peer that sleeps would sleep for ever. So the kernel rings the peers of all its channel ends, in both
 * directions, when the partition starts again or has stopped; who had nothing to wait for looks once in vain.
 */
import { ringForFallen } from "./doorbell.js";
import type { Partition } from "../objects.js";
import { finishRestart } from "../partition.js";
import { leavePools } from "../pools/pool.js";

/** What `beginRestart` or `stopPartition` left to do is paid for. */
export function finishWork(partition: Partition): void {
  leavePools(partition);
  partition.links.forEach(ringForFallen);
  if (partition.state.life === "restarting") finishRestart(partition);
}
