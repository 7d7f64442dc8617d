/** The tour, as `npm start` boots it: everybody works, and the vandal, whatever it tries, only harms itself. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createSession, loadSystem } from "../../dist/system/index.js";
import { EventKind } from "../../dist/trace/index.js";

const FOLDER = fileURLToPath(new URL("../../images/tour/", import.meta.url));
/** Long enough for the vandal to try each of its ideas. */
const UNTIL_SECONDS = 13;
const IDEAS = 16;

it("keeps six partitions at work while one of them breaks every rule", () => {
  const plan = loadSystem(readFileSync(`${FOLDER}system.toml`, "utf8"), "system.toml", {
    readFile: (path) => readFileSync(FOLDER + path),
  });
  const consoles = plan.partitions.map(() => "");
  const session = createSession(plan, {
    onConsole: (partition, bytes) => {
      consoles[partition] += new TextDecoder().decode(bytes);
    },
  });
  let unwanted = 0;
  session.trace.subscribe(({ kind }) => {
    if (kind === EventKind.DeadlineMissed || kind === EventKind.Violation) unwanted++;
  });
  session.run({ until: UNTIL_SECONDS * plan.machine.frequencyHz });
  const { partitions } = session.kernel.view();
  const consoleOf = (name: string): string => consoles[partitions.findIndex((partition) => partition.name === name)];

  expect(unwanted).toBe(0);
  for (const { name, state, faults } of partitions) {
    if (name === "vandal") {
      expect(faults).toBeGreaterThanOrEqual(IDEAS);
      expect(["running", "ready", "waiting", "restarting"]).toContain(state);
    } else {
      expect({ name, faults }).toEqual({ name, faults: 0 });
      expect(["running", "ready", "waiting"]).toContain(state);
    }
  }
  expect(consoles.join("")).not.toContain("it worked");
  expect(consoleOf("vandal")).toContain(`life ${IDEAS}: here I am\n`);
  expect(consoleOf("logger")).toContain("vandal: I'll jump where no address is\n");
  // Windows: in steady state every reading is equally old when the controller takes it, but for what varies in code.
  const ages = [...consoleOf("controller").matchAll(/age (\d+) to (\d+) us/g)].slice(1);
  expect(ages.length).toBeGreaterThan(20);
  for (const [, youngest, oldest] of ages) expect(Number(oldest) - Number(youngest)).toBeLessThan(1000);
  expect(consoleOf("generator")).toContain("1000 answers");
  for (const line of consoles.join("").split("\n")) expect(line.length).toBeLessThan(72);
});
