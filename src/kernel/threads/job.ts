/**
 * What a policy sees of a thread: a view that is made once, at boot, and reads the plan, the state and the clock when
 * it is asked. It is a class so that all views have one shape, and so that reading costs a policy no call.
 */
import { NEVER, type CoreId, type Cycles, type ThreadId } from "../../units.js";
import type { Hal } from "../../hal/index.js";
import type { Clock, Job, PolicyThread } from "../../scheduler/index.js";
import type { ThreadPlan } from "../plan.js";
import type { ThreadState } from "../state.js";

/** What a policy may know of a thread before anything runs. */
export function policyThread({ id, priority, periodCycles, deadlineCycles }: ThreadPlan): PolicyThread {
  return { thread: id, priority, criticality: 0, periodCycles, deadlineCycles, budgetCycles: null };
}

export class CoreClock implements Clock {
  constructor(
    private readonly hal: Hal,
    private readonly core: CoreId,
  ) {}

  get now(): Cycles {
    return this.hal.now(this.core);
  }
}

export class ThreadJob implements Job {
  readonly thread: ThreadId;
  readonly criticality: number;
  readonly periodCycles: Cycles | null;
  readonly deadlineCycles: Cycles | null;
  readonly budgetCycles: Cycles | null;

  constructor(
    private readonly clock: Clock,
    plan: ThreadPlan,
    /** The thread's. A restore replaces it (`bindState`); no part of what policies may know. */
    public state: ThreadState,
  ) {
    ({
      thread: this.thread,
      criticality: this.criticality,
      periodCycles: this.periodCycles,
      deadlineCycles: this.deadlineCycles,
      budgetCycles: this.budgetCycles,
    } = policyThread(plan));
  }

  get now(): Cycles {
    return this.clock.now;
  }

  /** With what it inherits. */
  get priority(): number {
    return this.state.priority;
  }

  get isWaitedFor(): boolean {
    return this.state.isWaitedFor;
  }

  /** Releases do not drift: release n is at (start + n * period) whatever happened before. */
  get releaseAt(): Cycles {
    const { startedAt, releases } = this.state;
    return startedAt + releases * (this.periodCycles ?? 0);
  }

  get deadlineAt(): Cycles {
    return this.deadlineCycles === null ? NEVER : this.releaseAt + this.deadlineCycles;
  }
}
