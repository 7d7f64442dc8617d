/**
 * Load for a server, from a process of its own: `node load.mjs MEASURE PORT SECONDS`. Prints what came back as JSON:
 * how often, in how many seconds.
 *
 *   trips      64 bytes there and back, one connection, one at a time
 *   bytes      as many as go there and back over one connection
 *   requests   GET /hello.txt on 50 connections, one at a time on each
 *   clients    connections, each for one message
 */
import { connect } from "node:net";

const [measure, port, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const REQUEST = Buffer.from("GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n");
const END = "Hello, world\n";
let count = 0;
let isOver = false;

function open(onConnect, onData) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("connect", () => onConnect(socket));
  socket.on("data", (chunk) => onData(socket, chunk));
  socket.on("error", (error) => {
    if (isOver) return;
    console.error(error.message);
    process.exit(1);
  });
  return socket;
}

const MEASURES = {
  trips() {
    const message = Buffer.alloc(64, "x");
    let missing = message.length;
    const send = (socket) => socket.write(message);
    open(send, (socket, chunk) => {
      missing -= chunk.length;
      if (missing > 0) return;
      missing = message.length;
      count++;
      send(socket);
    });
  },
  bytes() {
    const message = Buffer.alloc(65536, "y");
    const fill = (socket) => {
      while (socket.write(message));
    };
    const socket = open(fill, (_, chunk) => {
      count += chunk.length;
    });
    socket.on("drain", () => fill(socket));
  },
  requests() {
    for (let client = 0; client < 50; client++) {
      let text = "";
      open(
        (socket) => socket.write(REQUEST),
        (socket, chunk) => {
          text += chunk.toString("latin1");
          if (!text.endsWith(END)) return;
          text = "";
          count++;
          socket.write(REQUEST);
        },
      );
    }
  },
  clients() {
    const next = () => {
      if (isOver) return;
      const socket = open(
        () => socket.write("hello"),
        () => socket.end(),
      );
      socket.on("close", () => {
        count++;
        next();
      });
    };
    for (let client = 0; client < 20; client++) next();
  },
};

MEASURES[measure]();
// What is cold at first is left out.
const started = { at: 0, count: 0 };
setTimeout(() => Object.assign(started, { at: performance.now(), count }), seconds * 300);
setTimeout(() => {
  isOver = true;
  console.log(JSON.stringify({ count: count - started.count, seconds: (performance.now() - started.at) / 1000 }));
  process.exit(0);
}, seconds * 1300);
