/**
 * `hallows new`: a folder with a system to start from. It boots at once where the toolchain is there; where it isn't,
 * the command says what is missing.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../errors.js";
import { fileError } from "../host/file-error.js";
import { buildStale, findSources } from "./build-programs.js";
import type { Environment } from "./environment.js";

const TEMPLATES = fileURLToPath(new URL("../../templates", import.meta.url));
/** The exit code for a project that is there and could not be built. */
const NOT_BUILT = 1;

/** Returns the exit code. */
export function createProject(language: string, folder: string, environment: Environment): number {
  const { output } = environment;
  const languages = readdirSync(TEMPLATES);
  if (!languages.includes(language))
    throw problem(`there is no template "${language}"`, `There are: ${languages.join(", ")}.`);
  const name = nameFrom(basename(resolve(folder)));
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0)
      throw new ConfigError({ file: folder, line: 0, column: 0 }, "is not empty", "Name a new folder.");
    for (const file of readdirSync(join(TEMPLATES, language))) {
      const text = readFileSync(join(TEMPLATES, language, file), "utf8");
      writeFileSync(join(folder, file), text.replaceAll("{{name}}", name));
    }
  } catch (error) {
    throw error instanceof ConfigError ? error : fileError(folder, error, "write");
  }
  const description = join(folder, "system.toml");
  let isBuilt = false;
  try {
    isBuilt = buildStale(findSources(description), environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    output.say(`${output.sayStyle.warn("not built")}: ${error.message}`);
  }
  output.result(`${output.style.bold(name)} is in ${folder}: ${readdirSync(folder).join(", ")}\n`);
  output.result(`Next: hallows boot --watch ${description}\n`);
  return isBuilt ? 0 : NOT_BUILT;
}

/** A name as descriptions take it, made of a folder's. */
function nameFrom(folder: string): string {
  const name = folder.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^[^A-Za-z]+/, "");
  return name === "" ? "system" : name.slice(0, 31);
}

function problem(what: string, hint: string): ConfigError {
  return new ConfigError({ file: "new", line: 0, column: 0 }, what, hint);
}
