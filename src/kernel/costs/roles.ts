/** What each kernel path is for, to the ledger of lateness: see src/trace/lateness.ts. */
import type { PathRole } from "../../trace/index.js";
import { PATHS, type PathWord } from "./cost.js";

const ROLES = {
  systemCallEntry: "entry",
  faultEntry: "entry",
  interruptEntry: "entry",
  systemCallReturn: "exit",
  interruptReturn: "exit",
  spaceSwitch: "exit",
  armTimer: "exit",
  smallCall: "body",
  workDone: "body",
  wait: "body",
  lock: "body",
  ringHere: "ring",
  ringElsewhere: "body",
  ringOnly: "body",
  wake: "wake",
  pick: "exit",
  startThread: "start",
  stopThread: "start",
  reserve: "wake",
  windowClose: "exit",
  windowOpen: "exit",
  bootLine: "body",
  poolCall: "body",
  tableLine: "body",
  invalidatePage: "body",
  invalidateAll: "body",
  copyPage: "body",
} as const satisfies Readonly<Record<PathWord, PathRole>>;

/** Indexed by the numbers of paths. */
export const PATH_ROLES: readonly PathRole[] = Object.keys(PATHS).map((word) => ROLES[word as PathWord]);
