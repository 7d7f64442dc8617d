/** What a core is about to do: read from its context, without changing anything. */
import { functionAt, type PartitionPlan } from "../kernel/index.js";
import { decode, formatInstruction } from "../machine/isa/index.js";
import type { Session } from "../system/index.js";
import type { CoreId, ThreadId, VirtualAddress } from "../units.js";

const RIP_INDEX = 16;
const LONGEST_INSTRUCTION_BYTES = 15;

export interface NextInstruction {
  readonly core: CoreId;
  readonly thread: ThreadId;
  readonly partition: PartitionPlan;
  readonly rip: VirtualAddress;
  /** Such as "main+0x4", or "". */
  readonly place: string;
  readonly text: string;
}

/** Registers of a thread in the order of REGISTER_NAMES, wherever they are now. */
export function registersOf(session: Session, thread: ThreadId): readonly bigint[] {
  return session.registers(thread);
}

export function ownerOf(session: Session, thread: ThreadId): PartitionPlan | undefined {
  return session.plan.partitions.find(({ threads }) => threads.some(({ id }) => id === thread));
}

/**
 * Of the given core, or of the running one that is first in time; null when that, or all, are idle or in the kernel.
 */
export function findNext(session: Session, core: CoreId | null): NextInstruction | null {
  let first: CoreId = -1;
  for (const { id, doing } of session.kernel.view().cores) {
    if (doing !== "run" || (core !== null && core !== id)) continue;
    if (first < 0 || session.hal.now(id) < session.hal.now(first)) first = id;
  }
  if (first < 0) return null;
  const { thread } = session.kernel.view().cores[first];
  return describeNext(session, first, thread);
}

export function describeNext(session: Session, core: CoreId, thread: ThreadId): NextInstruction | null {
  const partition = ownerOf(session, thread);
  if (partition === undefined) return null;
  const rip = registersOf(session, thread)[RIP_INDEX];
  const place = functionAt(partition, rip).replace(" in function ", "");
  return {
    core,
    thread,
    partition,
    rip,
    place,
    text: instructionsFrom(session, partition, rip, 1)[0]?.text ?? "nothing mapped there",
  };
}

/** The instructions that stand at an address of a partition, as the machine decodes them. */
export function instructionsFrom(
  session: Session,
  partition: PartitionPlan,
  at: VirtualAddress,
  count: number,
): { readonly at: VirtualAddress; readonly text: string }[] {
  const rows: { at: VirtualAddress; text: string }[] = [];
  let address = at;
  while (rows.length < count) {
    const region = partition.regions.find((row) => address >= row.at && address < row.at + BigInt(row.sizeBytes));
    if (region === undefined) break;
    const offset = Number(address - region.at);
    const bytes = session.hal.readPhysical(
      region.frames + offset,
      Math.min(LONGEST_INSTRUCTION_BYTES, region.sizeBytes - offset),
    );
    const result = decode(bytes, 0, bytes.length);
    if (result.kind === "instruction") {
      rows.push({ at: address, text: formatInstruction(result.instruction, address) });
      address += BigInt(result.instruction.lengthBytes);
      continue;
    }
    const text = result.kind === "absent" ? `${result.mnemonic.toLowerCase()} (not available)` : "no instruction";
    rows.push({ at: address, text });
    break;
  }
  return rows;
}
