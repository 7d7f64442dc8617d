/** Devices of kind net on the command line: what it says, allows and refuses. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { invoke, MAIN, ROOT, temporaryFolder, write } from "./hallows.js";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

const ECHO = readFileSync(join(ROOT, "images/net/echo.toml"), "utf8");

/** The echo server, with other words in its device's table. */
function described(name: string, listen: string): string {
  const program = join(ROOT, "images/net/echo.elf");
  return write(folder, name, ECHO.replace("listen = 7007", listen).replace("echo.elf", program));
}

it("hallows boot says where it listens, serves, and gives a summary when it is interrupted", async () => {
  const child = spawn(process.execPath, [MAIN, "boot", described("any.toml", "listen = 0"), "--headless"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (err += text.toString()));
  while (!err.includes("listening")) await once(child.stderr, "data");
  const [, port] = /^web: listening on 127\.0\.0\.1:([0-9]+)$/m.exec(err) ?? [];
  const socket = connect(Number(port), "127.0.0.1");
  socket.write("over here");
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toBe("over here");
  socket.destroy();
  child.kill("SIGINT");
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(130);
  expect(out).toContain("interrupted");
  expect(err).toMatch(/live: [0-9]+ inputs/);
});

it("hallows boot names a port that is taken, and how to go on", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { code, err } = await invoke("boot", described("taken.toml", `listen = ${port}`), "--headless");
  expect(code).toBe(2);
  expect(err).toContain(`[device.web]: 127.0.0.1:${port} is taken: another program listens there`);
  expect(err).toContain("give the device another port");
  server.close();
});

it("hallows boot listens at all addresses only if both the description and the command line say so", async () => {
  const path = described("bind.toml", 'listen = 0\nbind = "any"');
  const refused = await invoke("boot", path, "--headless", "--for", "1ms");
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("Allow it with --allow-bind")]);
  const allowed = await invoke("boot", path, "--headless", "--for", "1ms", "--allow-bind");
  expect(allowed.code).toBe(0);
  expect(allowed.err).toMatch(/web: listening on 0\.0\.0\.0:[0-9]+\n/);
});

it("--allow-net takes an address with a port", async () => {
  const { code, err } = await invoke("boot", described("net.toml", "listen = 0"), "--allow-net", "localhost");
  expect([code, err]).toEqual([2, expect.stringContaining("Write a host and a port")]);
});
