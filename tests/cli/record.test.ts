import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { feed, hallows, invoke, MAIN, ROOT, temporaryFolder, TOUR, write } from "./hallows.js";

const SHELL = "images/shell/system.toml";
const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
const hashOf = (out: string): string | undefined => /^hash +([0-9a-f]{16})$/m.exec(out)?.[1];

/** The one that HALLOWS_OTHER_NODE names, and the one on PATH. */
const others = ["node", process.env.HALLOWS_OTHER_NODE ?? ""].filter((node) => {
  const version = node === "" ? "" : (spawnSync(node, ["--version"], { encoding: "utf8" }).stdout ?? "").trim();
  return version !== "" && version.split(".")[0] !== process.version.split(".")[0];
});
if (others.length === 0) console.log("one Node only: HALLOWS_OTHER_NODE names no other major");

function settleAfter(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve) => child.on("close", resolve));
}

/** Starts the shell with a record, and waits until it has answered. */
async function startShell(record: string, ...words: string[]): Promise<ReturnType<typeof spawn>> {
  const child = spawn(process.execPath, [MAIN, "boot", SHELL, "--record", record, ...words], { cwd: ROOT });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stdin.write("echo there\n");
  for (let tries = 0; !out.includes("there"); tries++) {
    if (tries > 2000) throw new Error(`no answer: ${out}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return child;
}

describe("a recorded session", () => {
  const record = file("session.rec");
  const live = feed("echo hello\ncount 2000\ndate\nfault\necho again\n", "boot", SHELL, "--record", record);

  it("is told of, and says how to repeat it", () => {
    expect(live.code).toBe(0);
    expect(live.err).toMatch(/^record in .*session.rec: [3-9] inputs, /m);
    expect(statSync(record).size).toBeLessThan(20_000);
  });

  it("prints and hashes the same again, on both engines, and on another Node", () => {
    const runs = [
      hallows("replay", record, "--headless"),
      hallows("replay", record, "--headless", "--engine", "reference"),
      ...others.map((node) => {
        const { status, stdout, stderr } = spawnSync(node, [MAIN, "replay", record], { encoding: "utf8" });
        return { code: status, out: stdout, err: stderr };
      }),
    ];
    const said = (out: string): string[] => out.split("\n").filter((line) => line.startsWith("shell |"));
    for (const { code, out, err } of runs) {
      expect(code).toBe(0);
      expect(said(out)).toEqual(said(live.out));
      expect(hashOf(out)).toBe(hashOf(live.out));
      expect(err).toContain("replay: the hash is the recorded one");
      expect(out).toContain("the record ends here");
    }
  });

  it("has the host's date, which is that of the run when it is replayed", async () => {
    const dates = (out: string): string[] => out.match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.\d{3} UTC/g) ?? [];
    const [date] = dates(live.out);
    const apart = Date.now() - Date.parse(date.replace(" ", "T").replace(" UTC", "Z"));
    expect(apart).toBeGreaterThan(0);
    expect(apart).toBeLessThan(120_000);
    expect(dates((await invoke("replay", record)).out)).toEqual([date]);
  });

  it("is what inspect says", async () => {
    const { out } = await invoke("inspect", record);
    expect(out).toMatch(/^record of shell, begun 20/);
    expect(out).toMatch(/^keys +2 +44$/m);
    expect(out).toContain(`hash      ${hashOf(live.out)}`);
    expect((await invoke("inspect", record, "--text")).out).toBe(readFileSync(join(ROOT, SHELL), "utf8"));
  });

  it("can be replayed in part, and then nothing is known of its end", async () => {
    const { code, out, err } = await invoke("replay", record, "--for", "1 us", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ cycles: 100, replay: { verdict: "unfinished" } });
    expect(err).toContain("ended before the record");
  });

  it("that has been tampered with is another run: exit code 1", async () => {
    const bytes = readFileSync(record);
    const at = bytes.indexOf("hello");
    expect(at).toBeGreaterThan(0);
    const { encodeBlock, BLOCK_HEAD_BYTES } = await import("../../dist/host/record/format.js");
    // The block that holds it, with a checksum that is right again.
    let head = 12;
    while (head + BLOCK_HEAD_BYTES + bytes.readUInt32LE(head + 4) < at)
      head += BLOCK_HEAD_BYTES + bytes.readUInt32LE(head + 4);
    bytes.write("jello", at);
    const contents = bytes.subarray(head + BLOCK_HEAD_BYTES, head + BLOCK_HEAD_BYTES + bytes.readUInt32LE(head + 4));
    encodeBlock(4, 0, contents, contents.length).forEach((byte, index) => (bytes[head + index] = byte));
    const other = file("tampered.rec");
    writeFileSync(other, bytes);
    const { code, out, err } = await invoke("replay", other);
    expect(out).toContain("shell | jello");
    expect(code).toBe(1);
    expect(err).toMatch(/replay: this is another run than the recorded one/);
    expect(err).toMatch(/^ {2}shell: as recorded until cycle \d+ .*, not at cycle \d+/m);
  });

  it("that was interrupted ends at a cycle that can be found again", async () => {
    const path = file("interrupted.rec");
    const child = await startShell(path);
    child.kill("SIGINT");
    expect(await settleAfter(child)).toBe(130);
    const { code, err } = await invoke("replay", path);
    expect(code).toBe(0);
    expect(err).toContain("the hash is the recorded one");
  });

  it("that was killed is replayed as far as its last whole block", async () => {
    const path = file("killed.rec");
    const child = await startShell(path);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    child.kill("SIGKILL");
    await settleAfter(child);
    const { code, out, err } = await invoke("replay", path);
    expect(code).toBe(0);
    expect(out).toContain("shell | there");
    expect(err).toMatch(/warning: .*killed.rec: it has no end/);
    expect(err).toContain("as recorded as far as the record goes (");
  });
});

describe("a recorded session with a network", () => {
  it("is replayed without one, on both engines, and on another Node", async () => {
    const path = file("net.rec");
    const port = await freePort();
    const text = readFileSync(join(ROOT, "images/net/echo.toml"), "utf8").replace("listen = 7007", `listen = ${port}`);
    copyFileSync(join(ROOT, "images/net/echo.elf"), join(folder, "echo.elf"));
    const child = spawn(process.execPath, [MAIN, "boot", write(folder, "echo.toml", text), "--record", path]);
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    for (let tries = 0; !said.includes("listening"); tries++) {
      if (tries > 2000) throw new Error(`it never listens: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (let count = 0; count < 3; count++) expect(await exchange(port, `message ${count} `.repeat(500))).toBe(true);
    child.kill("SIGINT");
    expect(await settleAfter(child)).toBe(130);
    for (const engine of ["wasm", "reference"]) {
      const again = await invoke("replay", path, "--engine", engine);
      expect(again.err).toContain("the hash is the recorded one");
      expect(hashOf(again.out)).toBe(hashOf(out));
    }
    for (const node of others)
      expect(spawnSync(node, [MAIN, "replay", path], { encoding: "utf8" }).stderr).toContain("is the recorded one");
  });
});

/** Whether what a client sends comes back whole. */
function exchange(port: number, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(text));
    let back = "";
    socket.on("data", (chunk: Buffer) => (back += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => resolve(back === text));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

describe("a record of a system without inputs", () => {
  it("is one of its whole run", async () => {
    const path = file("tour.rec");
    const { out } = await invoke("boot", TOUR, "--for", "100ms", "--record", path);
    const again = await invoke("replay", path);
    expect(again.err).toContain("the hash is the recorded one");
    expect(hashOf(again.out)).toBe(hashOf(out));
    expect(hashOf((await invoke("boot", TOUR, "--for", "100ms")).out)).toBe(hashOf(out));
  });
});

describe("a record that can't be written", () => {
  it("is refused at once where it can't be begun", async () => {
    const { code, err } = await invoke("boot", SHELL, "--record", join(folder, "none", "a.rec"));
    expect(code).toBe(2);
    expect(err).toContain("none/a.rec");
  });

  it.runIf(existsSync("/dev/full"))("ends early when the disk is full, and the run goes on", () => {
    const { code, out, err } = feed("echo hello\n", "boot", SHELL, "--record", "/dev/full");
    expect(out).toContain("no more input");
    expect(err).toMatch(
      /the record is not whole, 0 B of it are good: \/dev\/full: can't be written\n {2}The disk is full/,
    );
    expect(code).toBe(2);
  });
});

describe("replay", () => {
  it("says of other files that they are no records", async () => {
    const { code, err } = await invoke("replay", TOUR);
    expect(code).toBe(2);
    expect(err).toContain("is no record");
  });

  it("needs no description, program or store of the host", async () => {
    const path = file("store.rec");
    const disk = "images/store/system.toml";
    const { code, out } = await invoke("boot", disk, "--for", "20ms", "--record", path);
    expect(code).toBe(0);
    const again = await invoke("replay", path);
    expect(again.err).toContain("the hash is the recorded one");
    expect(hashOf(again.out)).toBe(hashOf(out));
  });
});
