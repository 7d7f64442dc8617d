/** The same two servers in plain Node. `node plain.mjs echo|web`: prints its port. */
import { createServer as createWeb } from "node:http";
import { createServer } from "node:net";

const HELLO = "Hello, world\n";

const server =
  process.argv[2] === "echo"
    ? createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
        socket.on("error", () => undefined);
        socket.pipe(socket);
      })
    : createWeb((_, response) => {
        response.setHeader("Content-Type", "text/plain");
        response.setHeader("Content-Length", HELLO.length);
        response.end(HELLO);
      });
server.listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
