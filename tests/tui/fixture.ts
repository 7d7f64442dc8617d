/** Systems that the tests of the terminal UI look at. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SystemPlan } from "../../dist/kernel/index.js";
import { createSession, loadSystem, planForProgram, type Session } from "../../dist/system/index.js";

const IMAGES = fileURLToPath(new URL("../../images/", import.meta.url));

export function loadTour(): SystemPlan {
  const readFile = (name: string): Uint8Array => readFileSync(`${IMAGES}tour/${name}`);
  return loadSystem(readFileSync(`${IMAGES}tour/system.toml`, "utf8"), "system.toml", { readFile });
}

export function bootTour(): Session {
  return createSession(loadTour());
}

export function bootProgram(name: string): Session {
  const file = `${name}.elf`;
  return createSession(planForProgram(readFileSync(`${IMAGES}programs/${file}`), file));
}

/** One partition a core, each with the program that spins. */
export function bootCores(cores: number): Session {
  const program = readFileSync(`${IMAGES}programs/spin.elf`);
  const partitions = Array.from(
    { length: cores },
    (_, core) => `[partition.p${core}]\nclass = "backend"\nprogram = "spin.elf"\ncore = ${core}\n`,
  );
  const text = `[machine]\ncores = ${cores}\nmemory = "256 MiB"\n${partitions.join("")}`;
  return createSession(loadSystem(text, "cores.toml", { readFile: () => program }));
}
