/**
 * What Hallows is compared with: each is a way to run a benchmark program's ELF file as a process of the host that
 * writes a line after each batch. Rivals that are missing say why.
 */
import { spawnSync } from "node:child_process";
import { buildUnicornDriver } from "./build.mjs";

/**
 * @typedef {object} Rival
 * @property {string} name
 * @property {"linux" | "boot"} form of the program that it runs
 * @property {string} version
 * @property {string | null} missing why it can't run here, or null
 * @property {(path: string) => readonly string[]} command
 * @property {number} guessMips where the search for the size of a batch begins
 */

/** @param {string} command @param {readonly string[]} words */
function firstLine(command, words) {
  const { status, stdout, error } = spawnSync(command, words, { encoding: "utf8" });
  return error !== undefined || status !== 0 ? null : stdout.split("\n")[0].trim();
}

/**
 * QEMU's system emulator at its best: one thread of translated code, no device that the program doesn't use.
 * @param {readonly string[]} more
 */
const systemCommand = (more) => (/** @type {string} */ path) => [
  ..."qemu-system-x86_64 -accel tcg,thread=single -machine pc -cpu max -m 64 -nodefaults -display none -no-reboot".split(
    " ",
  ),
  ..."-serial stdio -device isa-debug-exit".split(" "),
  ...more,
  "-kernel",
  path,
];

/** @returns {Rival[]} in the order of the table's columns */
export function findRivals() {
  const isHost = process.platform === "linux" && process.arch === "x64";
  const native = isHost ? null : `the host is ${process.platform} on ${process.arch}, not Linux on x86-64`;
  const user = firstLine("qemu-x86_64", ["--version"]);
  const system = firstLine("qemu-system-x86_64", ["--version"]);
  const noSystem = system === null ? "qemu-system-x86_64 is not installed (Debian: qemu-system-x86)" : null;
  let driver = "";
  let noUnicorn = null;
  try {
    driver = buildUnicornDriver();
  } catch {
    noUnicorn = "its driver doesn't build here (Debian: libunicorn-dev)";
  }
  const unicorn = (noUnicorn === null && firstLine(driver, [])) || "";
  return [
    {
      name: "native",
      form: "linux",
      version: "the host's processor",
      missing: native,
      command: (path) => [path],
      guessMips: 3000,
    },
    {
      name: "qemu-user",
      form: "linux",
      version: user ?? "",
      missing: user === null ? "qemu-x86_64 is not installed (Debian: qemu-user)" : null,
      command: (path) => ["qemu-x86_64", path],
      guessMips: 800,
    },
    {
      name: "qemu-system",
      form: "boot",
      version: system ?? "",
      missing: noSystem,
      command: systemCommand([]),
      guessMips: 800,
    },
    {
      name: "-icount",
      form: "boot",
      version: system ?? "",
      missing: noSystem,
      command: systemCommand(["-icount", "shift=0,sleep=off"]),
      guessMips: 500,
    },
    {
      name: "unicorn",
      form: "linux",
      version: `Unicorn ${unicorn}`,
      missing: noUnicorn,
      command: (path) => [driver, path],
      guessMips: 300,
    },
    {
      name: "unicorn count",
      form: "linux",
      version: `Unicorn ${unicorn}, UC_HOOK_CODE in C: one call an instruction`,
      missing: noUnicorn,
      command: (path) => [driver, path, "count"],
      guessMips: 20,
    },
  ];
}
