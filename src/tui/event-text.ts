/** Any event in a line: who, what, and its numbers as words where they stand for something. Pure. */
import { STATUSES, SYSTEM_CALL_ROWS } from "../abi/index.js";
import { formatTime } from "../host/format.js";
import { KERNEL_STEP_NAMES } from "../hal/index.js";
import type { SystemPlan } from "../kernel/index.js";
import { EVENT_ROWS, EventKind, EXIT_REASONS, WAKE_CAUSES, type TraceEvent } from "../trace/index.js";
import { wordsByNumber } from "../vocabulary.js";

const WAKE_WORDS = wordsByNumber(WAKE_CAUSES);
const EXIT_WORDS = wordsByNumber(EXIT_REASONS);
const STATUS_WORDS = wordsByNumber(STATUSES);
const BLOCK_WORDS = ["channels", "its period", "a handoff"];

/** A number of an event in words, by what its row calls it; "" for one that says nothing. */
const VALUES: Readonly<Record<string, (value: number, plan: SystemPlan) => string>> = {
  channel: (value, plan) => plan.channels[value]?.name ?? String(value),
  target: (value, plan) => `to ${plan.partitions[value]?.name ?? "a device"}`,
  cause: (value) => `by ${WAKE_WORDS[value] ?? value}`,
  reason: (value) => `by ${EXIT_WORDS[value] ?? value}`,
  for: (value) => `for ${BLOCK_WORDS[value] ?? value}`,
  number: (value) => SYSTEM_CALL_ROWS[value]?.word ?? `call ${value}`,
  status: (value) => STATUS_WORDS[value] ?? String(value),
  step: (value) => KERNEL_STEP_NAMES[value] ?? String(value),
  woke: (value) => (value === 1 ? "wakes a thread" : "nobody waits"),
  deadline: (value, plan) => `until ${timeOf(value, plan)}`,
  end: (value, plan) => `until ${timeOf(value, plan)}`,
  cycle: (value, plan) => `at ${timeOf(value, plan)}`,
  release: (value, plan) => `released at ${timeOf(value, plan)}`,
};

function timeOf(cycle: number, { machine }: SystemPlan): string {
  return formatTime(cycle, machine.frequencyHz);
}

/** Numbers that are -1 have no meaning in their event, but for codes. */
function describeNumber(name: string, value: number, plan: SystemPlan): string {
  if (name === "" || (value === -1 && name !== "code" && name !== "target")) return "";
  return VALUES[name]?.(value, plan) ?? `${name} ${value}`;
}

export function describeEvent(plan: SystemPlan, event: TraceEvent): string {
  const row = EVENT_ROWS[event.kind];
  const numbers = [
    describeNumber(row.a, event.a, plan),
    describeNumber(row.b, event.b, plan),
    describeNumber(row.c, event.c, plan),
  ].filter((text) => text !== "");
  const text = event.kind === EventKind.Console ? "" : event.text;
  return [`core ${event.core}`, ownerName(plan, event), row.name, numbers.join(", "), text]
    .filter((part) => part !== "")
    .join(" ");
}

/** "sensor", or "sensor/worker" for a thread of a partition with several. */
export function ownerName(
  { partitions }: SystemPlan,
  { partition, thread }: Pick<TraceEvent, "partition" | "thread">,
): string {
  const plan = partitions[partition];
  if (plan === undefined) return "";
  const name = plan.threads.length > 1 ? plan.threads.find(({ id }) => id === thread)?.name : undefined;
  return name === undefined ? plan.name : `${plan.name}/${name}`;
}
