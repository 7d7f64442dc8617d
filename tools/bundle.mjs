/**
 * Makes dist/bundle of dist: the same command line in a few files rather than 150, since loading modules is most of
 * what a short command takes. `node tools/bundle.mjs`, after tsc.
 *
 *   hallows.js        the executable: sees to it that what V8 compiles is kept, and imports the rest
 *   command-line.js   what every command needs, and Commander
 *   running.js        what `hallows run` needs beyond that: machine, kernel, session
 *   others            loaded by the commands that need them; packages are imported from node_modules as ever
 *
 * Invariant: a module that finds files by import.meta.url lies as deep in dist/ as it does in the bundle, one folder
 * down, so that its relative addresses stay right. Built from dist, not from src: tsc has put the values of const enums
 * in place, and the engine's speed depends on that.
 */
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

// Rolldown names modules by their real paths.
const ROOT = realpathSync(fileURLToPath(new URL("..", import.meta.url)));
const DIST = join(ROOT, "dist");

/** The only package whose code is in the bundle: every command needs it. */
const BUNDLED_PACKAGE = "commander";

/**
 * Modules of Node that Commander loads and we have no use for: it would start other programs as its commands. They take
 * as long to load as all else that help needs.
 */
const REPLACED_MODULES = {
  "node:child_process": "module.exports = {};",
  "node:process": "module.exports = process;",
};
const REPLACED = "\0replaced ";
/** @param {string} id @param {string | undefined} importer */
const isReplaced = (id, importer = "") =>
  id in REPLACED_MODULES && importer.includes(`/node_modules/${BUNDLED_PACKAGE}/`);

const withoutUnusedModules = {
  name: "what Commander does not need",
  /** @param {string} id @param {string | undefined} importer */
  resolveId: (id, importer) => (isReplaced(id, importer) ? `${REPLACED}${id}` : null),
  /** @param {string} id */
  load: (id) => (id.startsWith(REPLACED) ? REPLACED_MODULES[id.slice(REPLACED.length)] : null),
};

/** The map that tsc wrote leads the bundle's own map on to src/. */
const withSourceMap = {
  name: "source maps of tsc",
  /** @param {string} id */
  load(id) {
    if (!id.startsWith(DIST)) return null;
    const code = readFileSync(id, "utf8");
    if (code.includes("import.meta") && dirname(dirname(id)) !== DIST)
      throw new Error(`${id} uses import.meta and is not one folder below dist/: its addresses would change`);
    return { code, map: JSON.parse(readFileSync(`${id}.map`, "utf8")) };
  },
};

/**
 * @param {string} folder replaced; one folder below a folder of the repository's root, as dist/bundle is
 */
export async function bundle(folder = join(DIST, "bundle")) {
  const build = await rolldown({
    cwd: ROOT,
    input: { hallows: join(DIST, "cli/main.js") },
    platform: "node",
    external: (id, importer) =>
      !/^[.\0]/.test(id) && !isAbsolute(id) && id !== BUNDLED_PACKAGE && !isReplaced(id, importer),
    plugins: [withSourceMap, withoutUnusedModules],
    // Rolldown's remark that a plugin took long, which on a busy host it does.
    checks: { pluginTimings: false },
  });
  await build.write({
    dir: folder,
    cleanDir: true,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
    sourcemap: true,
    sourcemapExcludeSources: true,
    // V8 reads all of a file before it runs any. Names stay, for reports of faults.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    // Each group takes what its module imports along, less what a group before it took: so none imports a later one.
    codeSplitting: {
      groups: [
        { name: "command-line", test: /dist[\\/]cli[\\/](?:start|command-line)\.js$/, priority: 2 },
        { name: "running", test: /dist[\\/]cli[\\/]run\.js$/, priority: 1 },
      ],
    },
  });
  await build.close();
  const license = readFileSync(join(ROOT, "node_modules", BUNDLED_PACKAGE, "LICENSE"), "utf8");
  writeFileSync(join(folder, "LICENSES"), `These files contain ${BUNDLED_PACKAGE}, whose license is:\n\n${license}`);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await bundle();
