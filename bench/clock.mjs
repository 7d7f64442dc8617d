/**
 * The clock of all measurements: host time less the time in which a process was ready to run and had no processor,
 * where Linux tells it (schedstat). Neighbours on a busy host then cost much less, and the same is done for Hallows and
 * for rivals. What remains of them is shared caches, a shared core's other thread, and the hypervisor.
 */
import { readdirSync, readFileSync } from "node:fs";

/**
 * Milliseconds that a thread has waited for a processor, or 0 where nobody says.
 * @param {string} path of the thread's folder in /proc
 */
function waitedByThread(path) {
  try {
    return Number(readFileSync(`${path}/schedstat`, "latin1").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

const mainThread = `/proc/self/task/${process.pid}`;

/** Milliseconds that this process's main thread has waited for a processor. */
export const waited = () => waitedByThread(mainThread);

/** Milliseconds by which to measure this process's main thread. */
export const mainThreadTime = () => performance.now() - waited();

/**
 * Milliseconds that the threads of another process have waited for a processor, together.
 * @param {number | undefined} process its id
 */
export function waitedByProcess(process) {
  let sum = 0;
  try {
    for (const thread of readdirSync(`/proc/${process}/task`)) sum += waitedByThread(`/proc/${process}/task/${thread}`);
  } catch {
    return sum;
  }
  return sum;
}
