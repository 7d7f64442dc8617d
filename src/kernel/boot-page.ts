/** What the kernel writes into the boot information of a partition of its core: guests only read it. */
import { BOOT_INFO, BOOT_LINK, bootLinkOffset } from "../abi/index.js";
import type { Link, Partition } from "./objects.js";

export function writeBootInfo(partition: Partition, name: keyof (typeof BOOT_INFO)["fields"], value: number): void {
  write(partition, BOOT_INFO.fields[name].offset, value);
}

/** Tells a partition whether anything can still come over one of its links. */
export function writeQuarantine({ end, number }: Link, isQuarantined: boolean): void {
  const { partition } = end;
  const offset = bootLinkOffset(partition.plan.channelEnds.length, number);
  write(partition, offset + BOOT_LINK.fields.is_quarantined.offset, isQuarantined ? 1 : 0);
}

function write({ plan, core }: Partition, offset: number, value: number): void {
  const region = plan.regions.find(({ kind }) => kind === "boot-info");
  if (region === undefined) return;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  core.hal.writePhysical(region.frames + offset, bytes);
}
