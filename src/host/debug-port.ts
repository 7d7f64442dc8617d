/** A port on this host for one client after the other, such as gdb. Nobody else can connect. */
import { createServer, type Server, type Socket } from "node:net";
import { ConfigError } from "../errors.js";

export interface ByteLine {
  send(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  onEnd(listener: () => void): void;
  close(): void;
}

export interface DebugPort {
  readonly port: number;
  /** The first client; others are turned away. */
  readonly client: Promise<ByteLine>;
  close(): void;
}

const LOOPBACK = "127.0.0.1";

/** Rejects with ConfigError. */
export async function openDebugPort(port: number): Promise<DebugPort> {
  let accept: (line: ByteLine) => void = () => {};
  const client = new Promise<ByteLine>((resolve) => {
    accept = resolve;
  });
  let hasClient = false;
  const server: Server = createServer((socket) => {
    if (hasClient) return void socket.destroy();
    hasClient = true;
    socket.setNoDelay(true);
    accept(lineOf(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new ConfigError(
          { file: "--port", line: 0, column: 0 },
          `can't listen at ${LOOPBACK}:${port}: ${error.code ?? error.message}`,
          "Choose another port, or 0 for any.",
        ),
      ),
    );
    server.listen(port, LOOPBACK, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    client,
    close: () => void server.close(),
  };
}

function lineOf(socket: Socket): ByteLine {
  socket.on("error", () => {});
  return {
    send: (bytes) => void socket.write(bytes),
    onBytes: (listener) => void socket.on("data", listener),
    onEnd: (listener) => void socket.on("close", listener),
    close: () => socket.end(),
  };
}
