/**
 * Devices of kind `net` on the host: a port (net-port.ts) for each, and what the command line allows them.
 *
 * Only loopback is listened at, and nobody is connected to, unless the command line allows it.
 */
import { ConfigError } from "../../errors.js";
import type { DevicePlan, SystemPlan } from "../../kernel/plan.js";
import { isPartitionEnd } from "../../kernel/index.js";
import { EventKind } from "../../trace/index.js";
import type { ChannelId, PartitionId } from "../../units.js";
import type { Adapter } from "./adapter.js";
import type { LiveSource } from "../live.js";
import { createNetPort, type NetPort } from "./net-port.js";

export interface NetPermissions {
  /** Addresses that partitions may connect to, as HOST:PORT. */
  readonly allowNet: readonly string[];
  /** Whether devices may listen at all of the host's addresses. */
  readonly allowBind: boolean;
}

export const NOTHING_ALLOWED: NetPermissions = { allowNet: [], allowBind: false };

export interface NetAdapter extends Adapter {
  /** Opens the ports that clients connect to; returns what to say of each. */
  open(): Promise<readonly string[]>;
  /** Of each device. */
  readonly ports: readonly NetPort[];
}

interface Place {
  readonly device: DevicePlan;
  readonly port: NetPort;
  /** Over which the device talks to its partition. */
  readonly channel: ChannelId;
  readonly partition: PartitionId;
}

const LOOPBACK = "127.0.0.1";
const ANY = "0.0.0.0";

/** Null for a system without such devices. */
export function createNetAdapter(plan: SystemPlan, { allowNet, allowBind }: NetPermissions): NetAdapter | null {
  const places = plan.devices.filter(({ kind }) => kind === "net").map((device) => createPlace(plan, device, allowNet));
  if (places.length === 0) return null;
  const sources = new Map<Place, LiveSource>();

  function closePlace(place: Place): void {
    place.port.close();
    sources.get(place)?.close();
  }

  return {
    outlets: {
      net(id) {
        const place = places.find(({ device }) => device.id === id);
        if (place === undefined) throw new ConfigError(nowhere(plan.name), `device ${id} is no net`);
        return place.port.outlet;
      },
    },
    async open() {
      const lines: string[] = [];
      for (const { device, port } of places) {
        const { listen, bind } = device.options;
        if (listen === null) continue;
        if (bind === "any" && !allowBind) {
          const hint = 'Allow it with --allow-bind, or leave bind = "any" out: then only this host can connect.';
          throw new ConfigError(nowhere(`[device.${device.name}]`), "it listens at all addresses of this host", hint);
        }
        const host = bind === "any" ? ANY : LOOPBACK;
        try {
          lines.push(`${device.name}: listening on ${host}:${await port.listen(host, Number(listen))}`);
        } catch (error) {
          for (const place of places) closePlace(place);
          throw listenError(device, `${host}:${listen}`, error);
        }
      }
      return lines;
    },
    start(live, session) {
      for (const place of places) {
        const source = live.openSource();
        sources.set(place, source);
        place.port.attach((bytes) => source.deliver(place.channel, bytes));
      }
      // Nobody would ever take what comes for a partition that is over.
      session.trace.subscribe(
        ({ partition }) => places.filter((place) => place.partition === partition).forEach(closePlace),
        [EventKind.PartitionStop],
      );
    },
    close: () => places.forEach(closePlace),
    ports: places.map(({ port }) => port),
  };
}

function createPlace(plan: SystemPlan, device: DevicePlan, allowNet: readonly string[]): Place {
  const port = createNetPort({
    connections: Number(device.options.connections),
    windowBytes: Number(device.options.window),
    isAllowed: (address) => allowNet.includes(address),
  });
  const channel = plan.channels.find(({ ends: [first] }) => {
    return first.owner.kind === "device" && first.owner.device === device.id;
  });
  const peer = channel?.ends.find((end) => isPartitionEnd(end))?.owner;
  if (channel === undefined || peer?.kind !== "partition")
    throw new ConfigError(nowhere(`[device.${device.name}]`), "it has no channel to a partition");
  return { device, port, channel: channel.id, partition: peer.partition };
}

const LISTEN_ERRORS: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  EADDRINUSE: ["is taken: another program listens there", "Stop that program, or give the device another port."],
  EACCES: ["may not be listened at", "Ports below 1024 are the administrator's: use a larger one."],
  EADDRNOTAVAIL: ["is no address of this host", ""],
};

function listenError({ name }: DevicePlan, address: string, error: unknown): ConfigError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [problem, hint] = LISTEN_ERRORS[code] ?? [`can't be listened at: ${String(error)}`, ""];
  return new ConfigError(nowhere(`[device.${name}]`), `${address} ${problem}`, hint);
}

function nowhere(file: string): { readonly file: string; readonly line: number; readonly column: number } {
  return { file, line: 0, column: 0 };
}
