/** A partition that makes system calls, and what it is told. */
import { call, CALL, EVENT, rig, type ModelAction, type Rig, type RigOptions } from "../fixture.js";

export const ALL = 0xffff_ffff_ffff_ffffn;

/** One partition with a thread that runs the program; end 0 leads to a partition "peer" on core 1 that does nothing. */
export function alone(program: readonly ModelAction[], options: RigOptions = {}): Rig {
  const system = rig(
    {
      partitions: {
        me: { threads: [{ program }] },
        peer: { core: 1, threads: [{ program: [call(CALL.wait, 0, { fromNow: 1_000_000 })] }] },
      },
      channels: [
        { from: "me", to: "peer" },
        { from: "me", to: "" },
      ],
    },
    options,
  );
  system.runUntil(100_000);
  return system;
}

export function statuses(program: readonly ModelAction[]): number[] {
  return alone(program)
    .of(EVENT.return, "me")
    .map(({ b }) => b);
}
