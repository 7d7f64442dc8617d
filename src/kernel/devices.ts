/**
 * How the kernel reaches devices: they are ring peers (DESIGN section 6), and all that the kernel does is ring their
 * doorbell. Device logic lives in src/partitions; a system without devices passes `NO_DEVICES`.
 */
import type { ChannelId, CoreId } from "../units.js";

export interface DevicePort {
  /**
   * The doorbell of a channel whose consumer is a device, rung by its producer on `core`. "violation": the ring holds
   * an index or length that can't be; the kernel quarantines the channel.
   */
  doorbell(core: CoreId, channel: ChannelId): "ok" | "violation";
  /** The producer's partition is restarting: its ring has been reset to its initial contents. */
  reset?(core: CoreId, channel: ChannelId): void;
}

export const NO_DEVICES: DevicePort = { doorbell: () => "ok" };
