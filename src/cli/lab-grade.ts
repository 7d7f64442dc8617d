/**
 * `hallows lab grade FOLDER...`: judges folders of many learners, each in a process of its own with limits on time and
 * output, and prints a table as CSV. One that can't be judged has a line that says why, and costs the others nothing.
 */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { findLab, readState } from "../host/lab-folder.js";
import type { Environment } from "./environment.js";

const MOST_MILLISECONDS = 60_000;
const MOST_OUTPUT_BYTES = 1024 * 1024;
const MOST_MEBIBYTES = 512;

interface Result {
  readonly folder: string;
  readonly lab: string;
  readonly seed: string;
  readonly earned: number;
  readonly points: number | "";
  readonly note: string;
}

/** Returns 0 when every folder could be judged, and 1 otherwise. */
export async function gradeFolders(folders: readonly string[], { output }: Environment): Promise<number> {
  output.result("folder,lab,seed,earned,points,note\n");
  const waiting = folders.map((folder, index) => ({ folder, index }));
  const results: (Result | undefined)[] = [];
  let printed = 0;
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next.index] = await gradeFolder(next.folder);
      // In the order in which they were given, whoever is done first.
      for (let result = results[printed]; result !== undefined; result = results[++printed])
        output.result(`${Object.values(result).map(quote).join(",")}\n`);
      output.say(`${printed} of ${folders.length}`);
    }
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), folders.length) }, work));
  return results.every((result) => result?.note === "") ? 0 : 1;
}

async function gradeFolder(folder: string): Promise<Result> {
  const failed = (note: string, lab = "", seed = ""): Result => ({ folder, lab, seed, earned: 0, points: "", note });
  let lab: string;
  try {
    const state = readState(folder);
    if (state === null) return failed("has no lab.json");
    // A learner's own lab would be a learner's code.
    const place = findLab(state.lab);
    if (place.number === 0) return failed("is no lab that ships");
    lab = place.name;
    if (!basename(resolve(folder)).endsWith(`-${lab}`))
      return failed(`is not called NN-${lab}`, lab, String(state.seed));
  } catch (error) {
    return failed(firstLine(error));
  }
  const words = [process.argv[1], "lab", lab, "check", "--json", "--folder", dirname(resolve(folder))];
  return new Promise((settle) => {
    const options = { timeout: MOST_MILLISECONDS, maxBuffer: MOST_OUTPUT_BYTES, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, [`--max-old-space-size=${MOST_MEBIBYTES}`, ...words], options, (error, out, err) => {
      if (error?.killed === true) return settle(failed(`took more than ${MOST_MILLISECONDS / 1000} s`, lab));
      try {
        const { seed, earned, points } = JSON.parse(out) as Record<"seed" | "earned" | "points", number>;
        settle({ folder, lab, seed: String(seed), earned, points, note: "" });
      } catch {
        settle(failed(err.split("\n")[0] || "ended without a verdict", lab));
      }
    });
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}

/** RFC 4180. */
function quote(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
