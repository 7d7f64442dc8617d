/** gdb's `monitor` commands: a row each. What they answer is text. */
import { formatCycles } from "../system/index.js";
import type { DebugTarget } from "./target.js";

export interface MonitorCommand {
  readonly usage: string;
  readonly help: string;
  run(target: DebugTarget, argument: string): string;
}

function lines(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => String(cell).padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export const MONITOR_COMMANDS: Readonly<Record<string, MonitorCommand>> = {
  help: {
    usage: "help",
    help: "these commands",
    run: () => lines(Object.values(MONITOR_COMMANDS).map(({ usage, help }) => [usage, help])),
  },
  partitions: {
    usage: "partitions",
    help: "partitions with their cores, states, faults and restarts",
    run({ history }) {
      const { partitions } = history.session.kernel.view();
      return lines([
        ["process", "partition", "core", "class", "mode", "state", "faults", "restarts"],
        ...partitions.map(({ id, name, core, class: word, mode, state, faults, restarts }) => [
          id + 1,
          name,
          core,
          word,
          mode,
          state,
          faults,
          restarts,
        ]),
      ]);
    },
  },
  channels: {
    usage: "channels",
    help: "channels with both indices, and whether they are quarantined",
    run({ history, plan }) {
      const { channels } = history.session.kernel.view();
      return lines([
        ["channel", "kind", "head", "tail", "state"],
        ...channels.map(({ id, name, quarantined }) => {
          const { head, tail } = history.session.ringIndices(id);
          return [name, plan.channels[id].kind, head, tail, quarantined ? "quarantined" : "open"];
        }),
      ]);
    },
  },
  ledger: {
    usage: "ledger",
    help: "where the cycles of each partition went",
    run({ history, plan }) {
      const { partitions } = history.session.account();
      return lines([
        ["partition", "threads", "kernel", "idle", "work"],
        ...partitions.map(({ threadCycles, kernelCycles, idleCycles, workCycles }, id) => [
          plan.partitions[id].name,
          threadCycles,
          kernelCycles,
          idleCycles,
          workCycles,
        ]),
      ]);
    },
  },
  now: {
    usage: "now",
    help: "the cycle, and the clock of each core",
    run({ history, plan }) {
      const clocks = plan.cores.flatMap(({ kind }, id) =>
        kind === "off" ? [] : [`core ${id}: ${history.session.hal.now(id)}`],
      );
      const now = history.now();
      return [`cycle ${now} (${formatCycles(now, plan.machine.frequencyHz)})`, ...clocks].join("\n");
    },
  },
  hash: {
    usage: "hash",
    help: "the hash of the system here, as boot prints it at its end",
    run: ({ history }) => history.session.hashes().system,
  },
  goto: {
    usage: "goto CYCLE",
    help: 'goes to a cycle, back or forward; then gdb needs "maintenance flush register-cache"',
    run(target, argument) {
      const { history } = target;
      const cycle = /^[0-9]{1,15}$/.test(argument) ? Number(argument) : NaN;
      const most = history.furthest();
      if (!(cycle <= most)) return `goto takes a cycle from 0 to ${most}, the furthest place so far`;
      target.goTo(cycle);
      return `cycle ${cycle}`;
    },
  },
};

export function runMonitorCommand(target: DebugTarget, text: string): string {
  const [word, ...rest] = text.trim().split(/\s+/);
  const command = Object.hasOwn(MONITOR_COMMANDS, word) ? MONITOR_COMMANDS[word] : undefined;
  if (command === undefined) return `There is no such command; there are ${Object.keys(MONITOR_COMMANDS).join(", ")}.`;
  return command.run(target, rest.join(" "));
}
