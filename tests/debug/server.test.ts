/** The server of gdb's protocol, without gdb: packets in any pieces, and hostile ones. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as library from "../../dist/debug/index.js";
import { createDebugServer, createDebugTarget, MOST_PACKET_BYTES, packetOf } from "../../dist/debug/index.js";
import { createSession, loadSystem } from "../../dist/system/index.js";
import { createMutant } from "../mutant.js";

const TOUR = fileURLToPath(new URL("../../images/tour/", import.meta.url));
const plan = loadSystem(readFileSync(join(TOUR, "system.toml"), "utf8"), "system.toml", {
  readFile: (path) => readFileSync(join(TOUR, path)),
});
const seed = Number(process.env["HALLOWS_SEED"] ?? Date.now() % 1_000_000);
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const latin = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

interface Client {
  readonly hash: () => string;
  readonly now: () => number;
  send(bytes: Uint8Array): void;
  /** Sends a packet and waits for its answer's text. */
  ask(text: string): Promise<string>;
}

function connect(untilCycles?: number): Client {
  const target = createDebugTarget({ plan, untilCycles });
  const reader = library.createPacketReader();
  const answers: string[] = [];
  const server = createDebugServer({
    target,
    programOf: () => null,
    breathe,
    send(bytes) {
      for (const arrival of reader.push(bytes)) if (arrival.kind === "packet") answers.push(arrival.text);
    },
  });
  return {
    hash: () => target.history.session.hashes().system,
    now: target.history.now,
    send: server.receive,
    async ask(text) {
      answers.length = 0;
      server.receive(packetOf(text));
      while (answers.every((answer) => /^O[0-9a-f]/.test(answer))) await breathe();
      return answers.at(-1) ?? "";
    },
  };
}

describe("packets", () => {
  it("come in pieces of any size, with escapes and checksums", () => {
    const text = fc.uint8Array({ maxLength: 200 }).map((bytes) => String.fromCharCode(...bytes));
    const property = fc.property(
      fc.array(text, { maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      (texts, pieceBytes) => {
        const bytes = texts.flatMap((item) => [...packetOf(item)]);
        const reader = library.createPacketReader();
        const arrivals = [];
        for (let at = 0; at < bytes.length; at += pieceBytes)
          arrivals.push(...reader.push(Uint8Array.from(bytes.slice(at, at + pieceBytes))));
        expect(arrivals).toEqual(texts.map((item) => ({ kind: "packet", text: item })));
      },
    );
    fc.assert(property, { seed, numRuns: 100 });
  });

  it("are refused with a wrong checksum, or when they are too long", async () => {
    const tooLong = packetOf("m".repeat(MOST_PACKET_BYTES + 1));
    const kinds = ({ createPacketReader }: typeof library, bytes: Uint8Array): string[] =>
      createPacketReader()
        .push(bytes)
        .map(({ kind }) => kind);
    expect(kinds(library, latin("$g#00"))).toEqual(["broken"]);
    expect(kinds(library, latin("$g#zz$g#67"))).toEqual(["broken", "packet"]);
    expect(kinds(library, tooLong)).toEqual(["broken"]);
    const mutant = createMutant("packets-have-no-limit");
    try {
      expect(kinds(await mutant.load<typeof library>("debug/index.js"), tooLong)).toEqual(["packet"]);
    } finally {
      mutant.remove();
    }
  });
});

describe("a server", () => {
  it("answers hostile packets, and the system is untouched by them", async () => {
    const client = connect(1000);
    const words = [
      "m",
      "M",
      "P",
      "p",
      "G",
      "H",
      "Z0",
      "z2",
      "vCont;",
      "qXfer:features:read:",
      "qRcmd,",
      "T",
      "X",
      "qSupported",
    ];
    const packet = fc
      .tuple(
        fc.constantFrom(...words),
        fc.string({ unit: fc.constantFrom(..."0123456789abcdefzp-.,:;=$# \u00ff"), maxLength: 40 }),
      )
      .map((parts) => parts.join(""));
    const before = client.hash();
    for (const text of fc.sample(packet, { seed, numRuns: 300 })) {
      // What is well-formed may write or go on, as its user may.
      if (/^(M[0-9a-f]+,|P[0-9a-f]+=|G[0-9a-f]|vCont;[csCS])/.test(text)) continue;
      expect(await client.ask(text), text).toMatch(/^(|OK|E01|[lm][^]*|[0-9a-f]+|PacketSize.*)$/);
    }
    expect(client.hash()).toBe(before);
    for (const text of [
      "mffffffffffffffff,10",
      "m0,ffffffff",
      "M0,1:00",
      "Z2,7fffffffffff,8",
      "Hgp99.1",
      "P999=00",
      "G0",
    ])
      expect(await client.ask(text)).toBe("E01");
    expect(await client.ask("vStrange")).toBe("");
  });

  it("lets a system with breakpoints in it, steps and steps back pass through the states that it has without", async () => {
    const until = 60_000;
    const client = connect(until);
    const symbol = plan.partitions[2].symbols.find(({ name }) => name === "main");
    const address = (symbol?.at ?? 0n).toString(16);
    await client.ask("Hgp3.0");
    expect(await client.ask(`Z0,${address},1`)).toBe("OK");
    expect(await client.ask("vCont;c")).toMatch(/^T05thread:p3\.3;core:1;swbreak:;$/);
    const stoppedAt = client.now();
    const registers = await client.ask("g");
    for (let i = 0; i < 5; i++) expect(await client.ask("vCont;s:p3.3")).toMatch(/^T05thread:p3\.3;/);
    expect(client.now()).toBeGreaterThan(stoppedAt);
    for (let i = 0; i < 5; i++) expect(await client.ask("bs")).toMatch(/^T05thread:p3\.3;/);
    expect(client.now()).toBe(stoppedAt);
    expect(await client.ask("g")).toBe(registers);
    expect(await client.ask("vCont;c")).toContain("replaylog:end");
    expect(await client.ask("bc")).toMatch(/^T05thread:p3\.3;core:1;swbreak:;$/);
    expect(client.now()).toBe(stoppedAt);
    await client.ask("vCont;c");
    const straight = createSession(plan);
    straight.run({ until });
    expect(client.hash()).toBe(straight.hashes().system);
  });

  it("stops when it is interrupted", async () => {
    const client = connect();
    const answer = client.ask("vCont;c");
    await breathe();
    client.send(Uint8Array.of(3));
    expect(await answer).toMatch(/^T02thread:/);
  });
});
