/**
 * `npm start`: sets up and boots the tour.
 *
 *   npm start                         the tour
 *   npm start -- --for 500ms          options of `hallows boot`, for the tour
 *   npm start -- run hello.elf        any command line of `hallows`
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { ROOT, setUp } from "./setup.mjs";

setUp();
const words = process.argv.slice(2);
const isCommandLine = words.length > 0 && !words[0].startsWith("-");
const commandLine = isCommandLine ? words : ["boot", join(ROOT, "images/tour/system.toml"), ...words];
const child = spawn(process.execPath, [join(ROOT, "dist/bundle/hallows.js"), ...commandLine], { stdio: "inherit" });
// The terminal sends these to both processes: this one waits for what the other makes of them.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
});
