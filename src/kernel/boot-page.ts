/** What the kernel writes into the boot information of a partition of its core: guests only read it. */
import { BOOT_INFO, BOOT_LINK, bootLinkOffset } from "../abi/index.js";
import type { Link, Partition } from "./objects.js";

export function writeBootInfo(partition: Partition, name: keyof (typeof BOOT_INFO)["fields"], value: number): void {
  write(partition, BOOT_INFO.fields[name].offset, value);
}

/** Tells a partition whether anything can still come over one of its links. */
export function writeQuarantine(link: Link, isQuarantined: boolean): void {
  writeLink(link, "is_quarantined", isQuarantined);
}

/** Tells a partition that who is at the other end of a link has stopped for good. */
export function writeStopped(link: Link): void {
  writeLink(link, "is_stopped", true);
}

function writeLink({ end, number }: Link, flag: "is_quarantined" | "is_stopped", value: boolean): void {
  const { partition } = end;
  const offset = bootLinkOffset(partition.plan.channelEnds.length, number);
  write(partition, offset + BOOT_LINK.fields[flag].offset, value ? 1 : 0);
}

function write({ plan, core }: Partition, offset: number, value: number): void {
  const region = plan.regions.find(({ kind }) => kind === "boot-info");
  if (region === undefined) return;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  core.hal.writePhysical(region.frames + offset, bytes);
}
