/**
 * Takes dumps. Taking one changes nothing and costs the system no cycle: it is the observer's, like a debugger stopping
 * the clock.
 */
import { PARTITION_MODE_NAMES } from "../../abi/index.js";
import { formatEvent } from "../../trace/index.js";
import { now } from "../core.js";
import { REGISTER_NAMES, type PartitionDump, type ThreadDump } from "./dump.js";
import type { Partition, Thread } from "../objects.js";

const RSP_INDEX = 4;
const STACK_BYTES_ABOVE = 256;
const STACK_BYTES_BELOW = 64;
const EVENT_COUNT = 32;

function readStack({ plan, core }: Partition, rsp: bigint): ThreadDump["stack"] {
  const region = plan.regions.find(({ at, sizeBytes }) => rsp >= at && rsp <= at + BigInt(sizeBytes));
  if (region === undefined) return null;
  const offset = Number(rsp - region.at);
  const from = Math.max(0, offset - STACK_BYTES_BELOW);
  const to = Math.min(region.sizeBytes, offset + STACK_BYTES_ABOVE);
  const bytes = Uint8Array.from(core.hal.readPhysical(region.frames + from, to - from));
  return { at: region.at + BigInt(from), bytes };
}

function dumpThread({ plan, state, partition, core }: Thread): ThreadDump {
  const registers = [...core.hal.registers(state.context)];
  return { name: plan.name, state: state.life, registers, stack: readStack(partition, registers[RSP_INDEX] ?? 0n) };
}

export function dumpPartition(partition: Partition): PartitionDump {
  const { id, plan, core, state, threads } = partition;
  return {
    cycle: now(core),
    partition: id,
    name: plan.name,
    program: plan.program,
    mode: PARTITION_MODE_NAMES[state.mode],
    generation: state.generation,
    fault: state.lastFault,
    registerNames: REGISTER_NAMES,
    threads: threads.map(dumpThread),
    events: core.trace.last(core.id, EVENT_COUNT).map(formatEvent),
  };
}
