/** A check: a system is booted, its programs become automata, and what they can do is explored. */
import { bootPrograms, createProgram } from "./program.mjs";
import { explore } from "./explore.mjs";
import { exploreHostile } from "./hostile.mjs";
import { describeSystem, initialMemory, SCENARIOS, START } from "./scenarios.mjs";

function finish(outcome, programs, startedAt) {
  return {
    ...outcome,
    places: programs.reduce((sum, program) => sum + program.places(), 0),
    instructions: programs.reduce((sum, program) => sum + program.instructions(), 0),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** Honest partitions, every interleaving. `options`: see `explore`. */
export function checkHonest(library, name, readProgram, options = {}) {
  const startedAt = performance.now();
  const scenario = SCENARIOS[name];
  const booted = bootPrograms(library, describeSystem(scenario), readProgram);
  const programs = scenario.names.map((_, id) => createProgram(library, booted, id, { watchesBoot: false }));
  const memory = initialMemory(booted.plan, scenario.start);
  const { plan } = booted;
  return finish(explore({ plan, programs, restarts: scenario.restarts, memory, ...options }), programs, startedAt);
}

/** One of a scenario's partitions is honest, and its peers are not. */
export function checkHostile(library, name, honest, readProgram, options = {}) {
  const startedAt = performance.now();
  const scenario = SCENARIOS[name];
  const id = scenario.names.indexOf(honest);
  const system = { ...scenario, channel: scenario.channel.replace('name = "', 'name = "hostile-') };
  const booted = bootPrograms(library, describeSystem(system), readProgram);
  const program = createProgram(library, booted, id, { watchesBoot: true });
  const memory = initialMemory(booted.plan, scenario.start);
  const { plan } = booted;
  const start = scenario.start ?? START;
  return finish(exploreHostile({ library, plan, program, start, memory, ...options }), [program], startedAt);
}

/** The honest sides against hostile peers that there are: scenario and partition. Restarts add nothing here. */
export function hostileChecks() {
  return Object.entries(SCENARIOS).flatMap(([name, { names }]) =>
    name.endsWith("restarts") ? [] : names.slice(0, 2).map((honest) => ({ name, honest })),
  );
}
