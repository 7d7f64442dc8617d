/**
 * Makes a fresh clone ready: installs what package-lock.json says and builds, each only when it is due. Plain Node,
 * since nothing is installed yet. Says on stderr what it does.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LEAST_NODE_MAJOR = 20;

/** Time of the last change, or -1 for what is not there. */
function changedAt(path) {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? -1;
}

function newestBelow(folder) {
  let newest = -1;
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestBelow(path) : changedAt(path));
  }
  return newest;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Output goes to stderr, and only when something went wrong. */
function perform(what, command, words) {
  const started = performance.now();
  process.stderr.write(`${what} ...`);
  const { status, stdout, stderr, error } = spawnSync(command, words, {
    cwd: ROOT,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (error !== undefined || status !== 0) {
    process.stderr.write("\n");
    fail(`${stdout ?? ""}${stderr ?? ""}${what} failed: ${error?.message ?? `exit code ${status}`}`);
  }
  process.stderr.write(` ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

export function setUp() {
  const [major] = process.versions.node.split(".");
  if (Number(major) < LEAST_NODE_MAJOR)
    fail(`Hallows needs Node ${LEAST_NODE_MAJOR} or newer; this is ${process.version}.`);
  if (changedAt("node_modules/.package-lock.json") < changedAt("package-lock.json")) {
    perform("installing", "npm", ["ci", "--no-audit", "--no-fund"]);
  }
  const source = Math.max(newestBelow("src"), changedAt("tsconfig.json"), changedAt("package.json"));
  if (changedAt("dist/cli/main.js") < source) {
    perform("building", process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"]);
  }
  const built = Math.max(changedAt("dist/cli/main.js"), changedAt("tools/bundle.mjs"));
  if (changedAt("dist/bundle/hallows.js") < built) perform("bundling", process.execPath, ["tools/bundle.mjs"]);
}
