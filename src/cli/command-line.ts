/**
 * The commands with their options and help, and what becomes of errors. A command is loaded when it is given: loading
 * everything takes longer than most of them.
 *
 * Exit codes: 0 done; 1 the system failed (a partition was stopped by a fault that it may not restart from) or Hallows
 * did; 2 the command, description, image or program is wrong, or a file can't be written; 130 and 143 (128 + signal)
 * for a run that was interrupted. `run` passes on the program's own, and 128 + signal, as a shell would, when a fault
 * ended it.
 */
import { createRequire } from "node:module";
import { Command, CommanderError } from "commander";
import { Bug, ConfigError } from "../errors.js";
import { breathe } from "../host/clock.js";
import { addBenches } from "./bench/bench.js";
import type { Environment } from "./environment.js";
import {
  addReplayOptions,
  addRunOptions,
  allowFileOption,
  DEFAULT_TOP,
  parseBytes,
  parseTime,
  parseWhole,
  STRICT_HELP,
  timingOption,
} from "./options.js";

const WRONG = 2;
const FAILED = 1;

const { version } = createRequire(import.meta.url)("../../package.json") as { readonly version: string };

/** Runs a command line (without node and script) and returns the exit code. Never throws. */
export async function runCommandLine(words: readonly string[], environment: Environment): Promise<number> {
  const code = await perform(words, environment);
  // An error of the last write comes a moment later.
  await breathe();
  const failure = environment.output.failure();
  return failure === null ? code : report(failure, words, environment);
}

async function perform(words: readonly string[], environment: Environment): Promise<number> {
  let code = 0;
  const finish = (result: number): void => {
    code = result;
  };
  try {
    await createProgram(environment, finish).parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    return await report(error, words, environment);
  }
}

function createProgram(environment: Environment, finish: (code: number) => void): Command {
  const { output } = environment;
  const program = new Command("hallows")
    .description("Boots partitioned systems of x86-64 machine code, counted to the cycle.")
    .version(version, "-V, --version", "print the version")
    .option("--no-color", NO_COLOR_HELP)
    .helpOption("-h, --help", "print this help; after a command, that command's")
    .helpCommand("help [command]", "print the help of a command")
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: output.result,
      writeErr: (text) => output.say(text.trimEnd()),
      outputError: (text, write) => write(text.replace(/^error: /, `${output.sayStyle.bad("hallows")}: `)),
    })
    .exitOverride()
    .addHelpText("after", GENERAL_HELP);

  const bootCommand = addCommand(
    program,
    "boot",
    "boot a description or an image: terminal UI on a terminal, plain text otherwise",
    BOOT_HELP,
  );
  bootCommand.argument("[system]", "a description (.toml) or an image; the tour if not given");
  addRunOptions(bootCommand, "boot").action(async (path: string | undefined, options) => {
    if (options.watch === true) {
      const { bootAndWatch } = await import("./watch.js");
      const words = process.argv.slice(2).filter((word) => word !== "--watch");
      finish(await bootAndWatch(path, words, environment));
      return;
    }
    const { boot } = await import("./boot.js");
    finish(await boot(path, { ...options, version }, environment));
  });

  const replayCommand = addCommand(
    program,
    "replay",
    "run a recorded session again, and say whether its hash is the recorded one",
    REPLAY_HELP,
  );
  replayCommand.argument("<record>", "what boot --record has written");
  addReplayOptions(replayCommand).action(async (path: string, options) => {
    const { replay } = await import("./replay.js");
    finish(await replay(path, options, environment));
  });

  const runCommand = addCommand(
    program,
    "run",
    "run one program; its console is stdout, its exit code is ours",
    RUN_HELP,
  );
  runCommand.argument(
    "<program>",
    "an ELF64 program for x86-64, static or static-PIE; or a .parsel, which is compiled",
  );
  addRunOptions(runCommand, "run")
    .option("--memory <size>", "memory of its partition (default: 16 MiB)", parseBytes)
    .option("--stack <size>", "its stack (default: 256 KiB)", parseBytes)
    .option("--raw", "control characters of the program to a terminal, too; into a file or pipe they always go")
    .option("--stats", "say on stderr how fast the host was")
    .action(async (path: string, options) => {
      const { run } = await import("./run.js");
      finish(await run(path, options, environment));
    });

  addCommand(
    program,
    "check",
    "a system: admitted or refused, and resolved; a program: instructions that we lack",
    CHECK_HELP,
  )
    .argument("<file>", "a description, an image or a program")
    .option("-q, --quiet", "only the verdict, and what a program lacks by feature")
    .option("--strict", STRICT_HELP)
    .option("--json", "as JSON")
    .action(async (path: string, options) => {
      const { check } = await import("./check.js");
      finish(check(path, options, environment));
    });

  addCommand(program, "pack", "make one bootable image of a description and its programs", PACK_HELP)
    .argument("<system>", "a description (.toml)")
    .option("-o, --output <file>", "the image (default: NAME.hallows, after the system's name)")
    .option("--strict", STRICT_HELP)
    .option("--seed <number>", "replaces the seed of the description", parseWhole("--seed", 0, Number.MAX_SAFE_INTEGER))
    .action(async (path: string, options) => {
      const { pack } = await import("./pack.js");
      finish(pack(path, options, environment));
    });

  addCommand(program, "inspect", "what is in a program, an image or a record", INSPECT_HELP)
    .argument("<file>", "a program, an image or a record")
    .option("--symbols", "all functions")
    .option("--disassemble <place>", "code of a function, or from an address")
    .option("--block <place>", "the cost block that begins there: cycles, and its SSA")
    .addOption(timingOption())
    .option("--text", "of an image or a record: the description that it was made of")
    .action(async (path: string, options) => {
      const { inspect } = await import("./inspect.js");
      finish(await inspect(path, options, environment));
    });

  addCommand(program, "cc", "compile C for a partition, with the gcc or clang that is installed", CC_HELP)
    .argument("<files...>", "C sources, objects, and whatever else the compiler takes: -O3, -DNAME, -Ifolder, -c, ...")
    .option("-o, --output <file>", "the program (default: NAME.elf, after the first file)")
    .option("--print", "only print the command lines")
    .allowUnknownOption()
    .action(async (_: readonly string[], options, command: Command) => {
      const { cc } = await import("./cc.js");
      finish(cc(command.args, options, environment));
    });

  addCommand(program, "build", "compile a Parseltongue program, and say what it takes", BUILD_HELP)
    .argument("<file>", "a program (.parsel)")
    .option("-o, --output <file>", "the ELF64 program (default: NAME.elf, beside it)")
    .option("--dump <pass>", "print what a pass made, and write nothing: ir")
    .action(async (path: string, options) => {
      const { build } = await import("./parseltongue.js");
      finish(build(path, options, environment));
    });

  addCommand(program, "format", "print a Parseltongue program in its one layout", FORMAT_HELP)
    .argument("<file>", "a program (.parsel)")
    .option("--check", "only say whether it has that layout")
    .action(async (path: string, options) => {
      const { formatFile } = await import("./parseltongue.js");
      finish(formatFile(path, options, environment));
    });

  addCommand(program, "explain", "what a diagnostic of Parseltongue means", EXPLAIN_HELP)
    .argument("<code>", "such as P013")
    .action(async (code: string) => {
      const { explain } = await import("./parseltongue.js");
      output.result(explain(code));
      finish(0);
    });

  addCommand(program, "profile", "cycles and instructions by guest function, exactly", PROFILE_HELP)
    .argument("<file>", "a program, a description or an image")
    .option("--for <time>", 'stop after this much virtual time, such as 50ms or "5000 cycles"', parseTime)
    .option("--seed <number>", "replaces the seed of the description", parseWhole("--seed", 0, Number.MAX_SAFE_INTEGER))
    .addOption(allowFileOption())
    .option("--top <number>", "functions in the table", parseWhole("--top", 1, 100_000), DEFAULT_TOP)
    .option("--svg <file>", "write a flame graph that a browser opens")
    .option("--speedscope <file>", "write a profile that www.speedscope.app opens")
    .option("--json", "the whole profile as JSON in place of the table")
    .action(async (path: string, options) => {
      const { profile } = await import("./profile.js");
      finish(await profile(path, options, environment));
    });

  addCommand(program, "new", "a project to start from: a description, a program, and how to go on", NEW_HELP)
    .argument("<language>", "c or rust")
    .argument("<folder>", "a new one")
    .action(async (language: string, folder: string) => {
      const { createProject } = await import("./new.js");
      finish(createProject(language, folder, environment));
    });

  addCommand(program, "debug", "wait for gdb: partitions are processes, and time goes both ways", DEBUG_HELP)
    .argument("<system>", "a description, an image, or one program")
    .option("--port <number>", "where to listen, on this host alone; 0 for any", parseWhole("--port", 0, 65535), 1234)
    .option("--stdio", "talk to gdb by stdin and stdout: target remote | hallows debug --stdio SYSTEM")
    .option("--for <time>", 'going on ends after this much virtual time, such as 50ms or "5000 cycles"', parseTime)
    .option("--seed <number>", "replaces the seed of the description", parseWhole("--seed", 0, Number.MAX_SAFE_INTEGER))
    .addOption(allowFileOption())
    .action(async (path: string, options) => {
      const { debug } = await import("./debug.js");
      finish(await debug(path, options, environment));
    });

  addCommand(program, "lab", "learn by doing: labs with predictions, and a checker that says what is missing", LAB_HELP)
    .argument("[lab]", "its number or name, or the folder of one of your own; all are listed if not given; or grade")
    .argument("[step]", "predict, run, check, reveal, reset; the lab is opened if not given; after grade, a folder")
    .argument("[predictions...]", "name=answer, after predict; more folders, after grade")
    .option(
      "--seed <number>",
      "which instance; a random one if not given",
      parseWhole("--seed", 0, Number.MAX_SAFE_INTEGER),
    )
    .option("--folder <path>", "where your work is kept", "hallows-labs")
    .option("--json", "the list, or the verdict of check, as JSON")
    .action(async (word: string | undefined, step: string | undefined, words: readonly string[], options) => {
      const { lab } = await import("./lab.js");
      finish(await lab(word, step, words, options, environment));
    });

  addBenches(addCommand(program, "bench", "measure Hallows itself, in virtual time", BENCH_HELP), environment, finish);
  return program;
}

function addCommand(program: Command, name: string, description: string, help: string): Command {
  return program.command(name).description(description).option("--no-color", NO_COLOR_HELP).addHelpText("after", help);
}

async function report(error: unknown, words: readonly string[], { output }: Environment): Promise<number> {
  const { sayStyle: style } = output;
  if (error instanceof CommanderError) {
    // Commander has printed its message; help and version are no errors.
    return error.exitCode === 0 ? 0 : WRONG;
  }
  if (error instanceof ConfigError) {
    output.say(`${style.bad("hallows")}: ${error.message}`);
    return WRONG;
  }
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  output.say(`${style.bad("hallows: a fault of Hallows itself")}${error instanceof Bug ? "" : ", not of your system"}`);
  const { withSourcePlaces } = await import("./stack-trace.js");
  output.say(withSourcePlaces(problem));
  output.say("");
  output.say("Please report this, with the files of your system and these lines:");
  output.say(`  command   hallows ${words.join(" ")}`);
  output.say(`  versions  hallows ${version}, node ${process.version}, ${process.platform} ${process.arch}`);
  output.say("  A run is repeatable: with the same files, options and seed the fault comes again at the same cycle.");
  return FAILED;
}

const NO_COLOR_HELP = "no colours (nor with NO_COLOR set, or on a terminal without them)";

const GENERAL_HELP = `
Results go to stdout, everything else to stderr.
Exit codes: 0 done, 1 the system failed, 2 the command or description is wrong, 130 or 143 interrupted; "run" passes on
the program's own.

Examples:
  hallows boot                        the tour: six partitions on four cores
  hallows boot --for 500ms | less     the same without a terminal UI, and bounded
  hallows run hello.elf               one program, as if it were native
  hallows check system.toml           would it be admitted, and as what?`;

const BOOT_HELP = `
On a terminal the system runs until you quit ("?" shows the keys). Without one, or with --headless, each line of a
console is printed after its partition's name, then a summary. Equal systems and seeds print equal text.

A system that faces the outside (a console with input, a network, a clock) follows the host's clock. Without a terminal it
reads stdin, if its console takes input, and runs until it is interrupted or nothing more can come in.

Exit codes: 0 done, 1 a partition was stopped by a fault that it may not restart from, 2 wrong command or description,
130 (SIGINT) or 143 (SIGTERM) interrupted: the summary comes all the same; a second signal ends at once.

Examples:
  hallows boot system.toml --for 50ms --headless
  hallows boot system.toml --for 10ms --headless --trace trace.json
  hallows boot --for 1s --json | jq .hash
  hallows boot system.toml --allow-file /var/disks --power-cut 7 --cut-at-write 20
  hallows boot images/net/responder.toml --headless    a web server on port 8080 of this host
  hallows boot --watch system.toml    builds programs from the sources beside them, and boots anew at every change
  hallows boot images/shell/system.toml --record session.rec    and "hallows replay session.rec" repeats it
  hallows boot --speed 0.01           the tour, a hundred times slower than real time`;

const REPLAY_HELP = `
Everything that came from outside comes again, at the cycle at which it came: input of consoles, networks, clocks. It runs
as fast as the host can, on any engine and any host, and touches nothing outside. What decides results (seed, --tso, the
first contents of stores) is in the record. "hallows inspect RECORD" says what else is.

Exit codes: 0 the hash is the recorded one, or the record has none; 1 it is another; 2 wrong command, or a damaged
record; 130 or 143 interrupted.

Examples:
  hallows boot images/shell/system.toml --record session.rec
  hallows replay session.rec --headless
  hallows replay session.rec --engine reference --trace trace.json`;

const RUN_HELP = `
The program has a core and a partition to itself. Whatever it writes to its console goes to stdout as it is; on a
terminal, control characters show as dots unless --raw is given. It runs until it exits, faults, or waits for something
that can't come.

Exit codes: the program's own (its low 8 bits, as natively); 128 + signal, as a shell shows it, when a fault ended it
(139 page fault or #GP, 136 #DE, 132 #UD, 133 #BP or #DB, 134 application error); 130 or 143 interrupted; 1 when it did
not end for another reason; 2 wrong command or program.

Examples:
  hallows run hello.elf
  hallows run sort.elf --for 2s --stats
  hallows run sort.elf --trace trace.json`;

const CHECK_HELP = `
An instruction that the machine lacks is a warning: it raises #UD where it is executed. With --strict it is refused.

Exit codes: 0 admitted, or nothing refused; 2 refused.

Examples:
  hallows check system.toml
  hallows check -q system.toml
  hallows check program.elf`;

const PACK_HELP = `
The image holds the resolved plan, the programs and the description's text. "hallows boot" takes it, and checks it as
strictly as a description.

Example:
  hallows pack system.toml -o system.hallows && hallows boot system.hallows`;

const INSPECT_HELP = `
A place is a function's name or an address, perhaps with an offset: main, 0x401000, main+0x1c.

Examples:
  hallows inspect program.elf
  hallows inspect program.elf --disassemble main
  hallows inspect program.elf --block main+0x1c
  hallows inspect system.hallows --text`;

const CC_HELP = `
CC chooses another compiler. The command lines are printed to stderr; they are what a Makefile would need. Headers are
the SDK's, floats included, and none of the host's.

Exit codes: 0 done, 2 the program does not compile, or there is no compiler.

Examples:
  hallows cc hello.c && hallows run hello.elf
  hallows cc -O3 -Wall -DDEBUG=1 -Iinclude main.c parts.c -o main.elf
  hallows cc -c parts.c -o parts.o
  CC=clang hallows cc --print hello.c`;

const BUILD_HELP = `
The report has bytes of code and stack by function. The stack is a bound that holds for every run: functions do not call
themselves. Language: docs/parseltongue/card.md.

Exit codes: 0 done, 2 the program is wrong.

Examples:
  hallows run images/parseltongue/primes.parsel
  hallows build images/parseltongue/primes.parsel -o primes.elf
  hallows build --dump ir primes.parsel`;

const FORMAT_HELP = `
Comments stay, and so does the meaning. Formatting what is formatted changes nothing.

Exit codes: 0 done; 1 with --check, the layout is another; 2 wrong file.

Example:
  hallows format --check primes.parsel`;

const EXPLAIN_HELP = `
Example:
  hallows explain P015`;

const PROFILE_HELP = `
Nothing is sampled: each instruction is counted, polling loops are run in full, and the run is the same as without.
A program runs until it ends, a system for 2 s or 100 million instructions if --for
does not say. Consoles go to stderr.

Share is of all cycles but idle ones. "With calls" has the functions that it called and their system calls, too.

Exit codes: 0 done, 1 a partition was stopped by a fault that it may not restart from, 2 wrong command or file, 130 or
143 interrupted.

Examples:
  hallows profile sort.elf
  hallows profile system.toml --for 50ms --top 10
  hallows profile system.toml --svg flames.svg --speedscope profile.json
  hallows profile sort.elf --json | jq '.functions[0]'`;

const NEW_HELP = `
The program is built at once where the compiler is there; where it is not, the command says what is missing.

Exit codes: 0 done, 1 the project is there but is not built, 2 wrong command.

Examples:
  hallows new c blinker && hallows boot --watch blinker/system.toml
  hallows new rust blinker`;

const DEBUG_HELP = `
The system stands at cycle 0 until gdb lets it go on, and it goes on as it would without gdb: breakpoints, watchpoints
and looking change nothing in it, only what you write does. Each partition is an inferior of gdb. Consoles go to stderr.

  hallows debug system.toml           then, in gdb: target extended-remote :1234
  gdb -ex 'target extended-remote | hallows debug --stdio system.toml'

"monitor help" in gdb lists more commands. docs/debugging.md has a session and a launch file for VS Code.`;

const LAB_HELP = `
Each learner has other numbers, by a seed. A lab is opened, predicted, run, changed and checked, in this order; what you
change are files in your folder. Nothing needs a compiler.

Exit codes: 0 done, and for check: every point is earned; 1 check found something missing; 2 wrong command.

Examples:
  hallows lab                         what there is
  hallows lab 1                       opens the first
  hallows lab 1 predict frame=200000 admitted=no
  hallows lab 1 run
  hallows lab 1 check
  hallows lab 1 reveal                the answers; predictions count no more
  hallows lab grade class/*/01-boot   a table, as CSV, of what many learners have done`;

const BENCH_HELP = `
All of them count cycles of the virtual machine: results depend on the options alone.

Examples:
  hallows bench jitter -t 2 -p 80 -i 1000 -l 10000 -q
  hallows bench jitter --quick`;
