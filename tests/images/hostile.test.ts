/**
 * Every attack of images/hostile, on the real machine: each ends in the fault, status or violation that attacks.json
 * names, and two partitions that share no channel with the attacker do not change by one bit or cycle, though one of
 * them shares its core.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { SystemPlan } from "../../dist/kernel/plan.js";
import { createSession, loadSystem } from "../../dist/system/index.js";

const FOLDER = fileURLToPath(new URL("../../images/hostile/", import.meta.url));
const DESCRIPTION = readFileSync(`${FOLDER}system.toml`, "utf8");
/** The victims and the peer have ended by then. */
const UNTIL_CYCLES = 55_000;

interface Attack {
  readonly entry: string;
  readonly vector?: number;
  readonly errorCode?: number;
  readonly exitCode?: number;
  readonly violation?: string;
  readonly endless?: boolean;
  /** Needs restarts, and ends so in each of its lives. */
  readonly everyLife?: boolean;
  readonly peerExitCode?: number;
}

const { attacks } = JSON.parse(readFileSync(`${FOLDER}attacks.json`, "utf8")) as {
  readonly attacks: readonly Attack[];
};

const PLAN = loadSystem(DESCRIPTION, "system.toml", { readFile: (path) => readFileSync(FOLDER + path) });
const index = (name: string): number => PLAN.partitions.findIndex((partition) => partition.name === name);

/** The description with another `entry`, without reading the programs again. */
function planOf({ entry, everyLife }: Attack): SystemPlan {
  const partitions = PLAN.partitions.map((partition) => {
    if (partition.name !== "hostile") return partition;
    const symbol = partition.symbols.find(({ name }) => name === entry);
    if (symbol === undefined) throw new Error(`hostile.elf has no function ${entry}`);
    const threads = partition.threads.map((thread) => ({ ...thread, entry: symbol.at }));
    return everyLife
      ? { ...partition, threads, restart: { action: "restart" as const, limit: Infinity } }
      : { ...partition, threads };
  });
  return { ...PLAN, partitions };
}

function runAttack(attack: Attack) {
  const consoles = PLAN.partitions.map(() => "");
  const session = createSession(planOf(attack), {
    onConsole: (partition, bytes) => {
      consoles[partition] += new TextDecoder().decode(bytes);
    },
  });
  session.run({ until: UNTIL_CYCLES });
  const view = session.kernel.view();
  const { partitions } = session.hashes();
  return {
    hostile: view.partitions[index("hostile")],
    peer: view.partitions[index("peer")],
    victims: ["left", "right"].map((name) => ({
      hash: partitions[index(name)],
      exitCode: view.partitions[index(name)].exitCode,
      console: consoles[index(name)],
    })),
    quarantined: view.channels.filter((channel) => channel.quarantined).map(({ name }) => name),
  };
}

describe("a hostile partition", () => {
  const peaceful = runAttack({ entry: "peaceful" });

  it("has victims that do something", () => {
    for (const victim of peaceful.victims) {
      expect(victim.exitCode).toBe(60);
      expect(victim.console).toMatch(/^value [0-9a-f]{16}, with time [0-9a-f]{16}\n$/);
    }
  });

  it.each(attacks)("gets what it deserves, and no neighbour notices: $entry", (attack) => {
    const { hostile, peer, victims, quarantined } = runAttack(attack);
    expect(victims).toEqual(peaceful.victims);
    if (attack.vector !== undefined) {
      expect(hostile.lastFault?.text).toBeDefined();
      expect(hostile.lastFault?.vector).toBe(attack.vector);
      expect(hostile.lastFault?.errorCode).toBe(attack.errorCode ?? -1);
      if (attack.everyLife === true) expect(hostile.exitCode).toBe(-1);
      else expect(hostile.state).toBe("stopped");
      expect(hostile.faults).toBe(attack.everyLife === true ? hostile.restarts : 1);
    }
    if (attack.exitCode !== undefined) expect(hostile.exitCode).toBe(attack.exitCode);
    if (attack.endless === true) expect(hostile.state).not.toBe("stopped");
    if (attack.violation !== undefined) expect(quarantined).toContain(attack.violation);
    if (attack.peerExitCode !== undefined) expect(peer.exitCode).toBe(attack.peerExitCode);
  });
});
