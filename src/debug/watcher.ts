/**
 * Hears each instruction of a session and notes what a debugger waits for: breakpoints, changes of watched memory, a
 * thread's next instruction. It stops nothing and changes nothing. Who runs the session asks afterwards what happened
 * first, or last, and goes there (target.ts).
 */
import type { CoreState, MachineState } from "../machine/index.js";
import { RAM_BASE } from "../machine/index.js";
import { comesBefore } from "../machine/turn.js";
import type { ContextId } from "../hal/index.js";
import type { CoreId, Cycles, PartitionId, PhysicalAddress } from "../units.js";

/** A place with a core: things that happen at one cycle come in the order of cores. */
export interface Spot {
  readonly at: Cycles;
  readonly core: CoreId;
}

export interface Hit {
  readonly kind: "breakpoint" | "watchpoint" | "step";
  /** The core is about to run the instruction of the breakpoint; or has run what changed memory or was the step. */
  readonly spot: Spot;
  /** Where the instruction began: where going back leads. */
  readonly began: Cycles;
  readonly context: ContextId;
  /** Of a watchpoint. */
  readonly address: number;
}

/** Memory that is watched, at an address of a partition. */
export interface Watched {
  readonly partition: PartitionId;
  readonly address: number;
  readonly sizeBytes: number;
  readonly physical: PhysicalAddress;
}

export interface Wanted {
  /** By partition, the addresses of breakpoints. */
  readonly breakpoints: readonly ReadonlySet<bigint>[];
  readonly watched: readonly Watched[];
  /** Whose next instruction is waited for; -1 for nobody's. */
  readonly stepping: ContextId;
  /** "first": what comes first behind `spot`. "last": what comes last before it. */
  readonly order: "first" | "last";
  readonly spot: Spot;
}

export interface Watcher {
  readonly onBegin: (core: CoreState, rip: bigint) => void;
  readonly onRetire: (core: CoreState) => void;
  /** From here on, in a session that stands still. */
  arm(state: MachineState, wanted: Wanted): void;
  /** What was found since; from here on nothing is noted. */
  disarm(): Hit | null;
}

export function createWatcher(): Watcher {
  let wanted: Wanted | null = null;
  let bytes: Uint8Array = new Uint8Array();
  /** What each of `wanted.watched` holds. */
  let held: Uint8Array[] = [];
  /** By core, where its present instruction began. */
  const began: Cycles[] = [];
  let found: Hit | null = null;

  function note(core: CoreState, kind: Hit["kind"], at: Cycles, address: number): void {
    if (wanted === null) return;
    const { order, spot } = wanted;
    const hit: Hit = {
      kind,
      spot: { at, core: core.id },
      began: began[core.id],
      context: core.context,
      address,
    };
    // Going back, what counts is where it began.
    const place = order === "first" ? hit.spot.at : hit.began;
    const isBehind = comesBefore(spot.at, spot.core, { at: place, core: core.id });
    const isBefore = comesBefore(place, core.id, spot);
    if (order === "first" ? !isBehind : !isBefore) return;
    if (found !== null) {
      const other = order === "first" ? found.spot.at : found.began;
      const isEarlier = comesBefore(place, core.id, { at: other, core: found.spot.core });
      if (isEarlier !== (order === "first")) return;
    }
    found = hit;
  }

  function hasChanged(index: number, { physical, sizeBytes }: Watched): boolean {
    const old = held[index];
    for (let i = 0; i < sizeBytes; i++) if (bytes[RAM_BASE + physical + i] !== old[i]) return true;
    return false;
  }

  return {
    onBegin(core, rip) {
      if (!core.repeatStarted) began[core.id] = core.now;
      if (wanted === null) return;
      const addresses = wanted.breakpoints[core.hashSlot];
      if (addresses !== undefined && addresses.size > 0 && addresses.has(rip) && !core.repeatStarted)
        note(core, "breakpoint", core.now, 0);
    },
    onRetire(core) {
      if (wanted === null) return;
      wanted.watched.forEach((watched, index) => {
        if (!hasChanged(index, watched)) return;
        held[index] = bytes.slice(RAM_BASE + watched.physical, RAM_BASE + watched.physical + watched.sizeBytes);
        note(core, "watchpoint", core.now, watched.address);
      });
      if (core.context === wanted.stepping) note(core, "step", core.now, 0);
    },
    arm(state, next) {
      bytes = state.bytes;
      held = next.watched.map(({ physical, sizeBytes }) =>
        bytes.slice(RAM_BASE + physical, RAM_BASE + physical + sizeBytes),
      );
      found = null;
      wanted = next;
    },
    disarm() {
      wanted = null;
      return found;
    },
  };
}
