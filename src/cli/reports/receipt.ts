/**
 * The receipt after a run: for each periodic thread, admission's bound beside the largest response that was observed,
 * and where that went.
 */
import { KERNEL_STEP_NAMES } from "../../hal/index.js";
import { boundResponses } from "../../system/admission/admit.js";
import type { Session } from "../../system/running.js";
import { causeNames } from "../../trace/index.js";
import type { Cycles } from "../../units.js";
import type { Style } from "../output.js";
import { printTable } from "./table.js";

/** Causes named in a row. */
const MOST_CAUSES = 4;

/** Of a session that keeps the ledger of lateness. Ends with a line that says whether a bound was passed. */
export function printReceipt({ plan, lateness }: Session, style: Style): string {
  const accounts = lateness?.accounts() ?? [];
  let passed = 0;
  const rows = boundResponses(plan).map(({ partition, thread, verdict, reason }) => {
    const { activations, mostStartCycles, mostResponseCycles, mostResponseIndex, mostResponseCauses } =
      accounts[thread.id];
    const bound = verdict?.isMet === true ? verdict.boundCycles : null;
    const isPassed = bound !== null && mostResponseCycles > bound;
    if (isPassed) passed++;
    return [
      `${partition.name}.${thread.name}`,
      String(activations),
      bound === null ? `none: ${reason}` : String(bound),
      activations === 0 ? "" : isPassed ? style.bad(String(mostResponseCycles)) : String(mostResponseCycles),
      activations === 0 || bound === null ? "" : `${((100 * mostResponseCycles) / bound).toFixed(1)} %`,
      activations === 0 ? "" : String(mostStartCycles),
      activations === 0 ? "" : `${mostResponseIndex}: ${nameCauses(mostResponseCauses)}`,
    ];
  });
  if (rows.length === 0) return "receipt   no thread has a period\n";
  const head = [
    "receipt",
    "activations",
    "bound",
    "largest",
    "of it",
    "latest start",
    "where the largest went, by release",
  ];
  const verdict =
    passed === 0 ? "no bound was passed" : style.bad(`${passed} passed: a wcet is not true, or Hallows is wrong`);
  return `${printTable(head, rows, "lrrrrrl", style.bold).join("\n")}\nbounds    ${verdict}\n`;
}

function nameCauses(causes: readonly Cycles[]): string {
  const names = causeNames(KERNEL_STEP_NAMES);
  const sorted = causes
    .map((cycles, cause) => ({ cycles, name: names[cause] }))
    .filter(({ cycles }) => cycles > 0)
    .toSorted((a, b) => b.cycles - a.cycles);
  const rest = sorted.slice(MOST_CAUSES).reduce((sum, { cycles }) => sum + cycles, 0);
  const told = sorted.slice(0, MOST_CAUSES).map(({ cycles, name }) => `${name} ${cycles}`);
  return [...told, ...(rest > 0 ? [`${sorted.length - MOST_CAUSES} more ${rest}`] : [])].join(", ");
}
