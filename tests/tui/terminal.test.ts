import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { createLive } from "../../dist/host/live.js";
import { readRecord } from "../../dist/host/record/record.js";
import { createReplay } from "../../dist/host/record/replay.js";
import { createOutside } from "../../dist/host/devices/outside.js";
import { createSession, loadSystem } from "../../dist/system/index.js";
import { MAIN, TOUR } from "../cli/hallows.js";
import { bootCores, bootProgram, bootTour } from "./fixture.js";
import { openVirtual, type VirtualTerminal } from "./virtual-terminal.js";

const NAMES = ["sensor", "controller", "server", "generator", "logger", "vandal"];
const open: VirtualTerminal[] = [];

function start(...parameters: Parameters<typeof openVirtual>): VirtualTerminal {
  const terminal = openVirtual(...parameters);
  open.push(terminal);
  return terminal;
}

afterEach(async () => {
  for (const terminal of open.splice(0)) {
    terminal.press("q");
    await terminal.closed.catch(() => undefined);
  }
});

describe("the terminal UI", () => {
  it("shows header, lanes, partitions, channels, consoles, events and keys in 80 by 24", async () => {
    const terminal = start(bootTour(), 80, 24, { speed: 5 });
    // Of what comes after the start, whatever is drawn first.
    const begins = [/vandal +#PF read/, /^sensor +[\d.]+ C/m, /readings .* \d\/8 /];
    const text = await terminal.until((shown) => begins.every((begin) => begin.test(shown)));
    expect(text).toMatch(/^ HALLOWS {2}tour {2}RUNNING {2}[\d.]+ m?s {2}speed 5×/);
    for (let core = 0; core < 4; core++) expect(text).toMatch(new RegExp(`^core ${core} `, "m"));
    for (const name of NAMES) expect(text).toMatch(new RegExp(`^.${name} +(realtime|backend) +\\d `, "m"));
    expect(text).toMatch(/readings .* \d\/8 /);
    expect(text).toMatch(/─ Consoles ─/);
    expect(text).toMatch(/^sensor +[\d.]+ C/m);
    expect(terminal.rows()[23]).toMatch(/^ space {2}pause/);
    for (const row of terminal.rows()) expect(row.length).toBeLessThanOrEqual(80);
  });

  it("draws activity into the lanes", async () => {
    const terminal = start(bootTour(), 100, 40);
    const drawn = (text: string): number => (text.match(/[▁▂▃▄▅▆▇█]/g) ?? []).length;
    expect(drawn(await terminal.until((text) => drawn(text) > 20))).toBeGreaterThan(20);
  });

  it("pauses, steps instructions and events, and goes on", async () => {
    const session = bootTour();
    const terminal = start(session, 80, 24);
    await terminal.until(/RUNNING/);
    terminal.press(" ");
    await terminal.until(/PAUSED .* cycle \d+ {2}hash [0-9a-f]{16}/);
    const before = session.now();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(session.now()).toBe(before);
    const retired = (): number => session.retired().reduce((total, count) => total + count, 0);
    const count = retired();
    for (let step = 1; step <= 3; step++) {
      terminal.press("s");
      await terminal.until(() => retired() === count + step);
    }
    await terminal.until(/next: core \d \w+ 0x[0-9a-f]+ \S+: \w+/);
    terminal.press("n");
    await terminal.until(/event: core \d /);
    terminal.press(" ");
    await terminal.until(/RUNNING/);
    await terminal.until(() => session.now() > before + 10_000);
  });

  it("keeps to the speed that is asked for, and shows changes of it", async () => {
    const session = bootTour();
    // Past the start, in which everything is translated for the first time.
    session.run({ until: 0.2 * session.plan.machine.frequencyHz });
    const terminal = start(session, 100, 30, { speed: 0.1 });
    await terminal.until(/speed 0.1×/);
    const [from, started] = [session.now(), performance.now()];
    await new Promise((resolve) => setTimeout(resolve, 600));
    const factor = (session.now() - from) / session.plan.machine.frequencyHz / ((performance.now() - started) / 1000);
    expect(factor).toBeGreaterThan(0.03);
    expect(factor).toBeLessThan(0.15);
    terminal.press("-");
    await terminal.until(/speed 0.05×/);
    terminal.press("1");
    await terminal.until(/speed real time/);
    terminal.press("m");
    await terminal.until(/speed max/);
  });

  it("selects partitions, shows one console alone, and a partition from inside", async () => {
    const terminal = start(bootTour(), 100, 30, { speed: 2 });
    await terminal.until(/^▸sensor/m);
    terminal.press("\x1b[B");
    await terminal.until(/^▸controller/m);
    terminal.press("\t");
    await terminal.until(/^▸server/m);
    terminal.press("\x1b[A");
    await terminal.until(/^▸controller/m);
    terminal.press("\r");
    const text = await terminal.until(/─ Console of controller ─/);
    expect(text).not.toContain("─ Events ─");
    terminal.press("\r");
    await terminal.until(/─ Events ─/);
    terminal.press("i");
    const inside = await terminal.until(/program +controller\.elf, class realtime/);
    expect(inside).toMatch(/rax [0-9a-f]{16} +rcx [0-9a-f]{16}/);
    expect(inside).toMatch(/rip 0x[0-9a-f]+ {2}\w+/);
    terminal.press("i");
    await terminal.until((shown) => !shown.includes("controller.elf"));
  });

  it("explains its keys", async () => {
    const terminal = start(bootTour(), 90, 30);
    await terminal.until(/RUNNING/);
    terminal.press("?");
    await terminal.until(/space +pause, go on/);
    terminal.press("?");
    expect(await terminal.until((text) => !text.includes("pause, go on"))).toContain("RUNNING");
  });

  it("follows the terminal's size, and says so when it is too small", async () => {
    const terminal = start(bootTour(), 80, 24);
    await terminal.until(/RUNNING/);
    terminal.resize(140, 50);
    await terminal.until((text) => /sensor→controller/.test(text) && /quit/.test(text));
    expect(terminal.rows()[49]).toMatch(/^ space {2}pause/);
    terminal.resize(60, 10);
    const small = await terminal.until(/needs a terminal of/);
    expect(small).toContain("80 columns and 24 rows");
    terminal.resize(10, 3);
    terminal.resize(80, 24);
    await terminal.until(/^ HALLOWS {2}tour/);
  });

  it("shows registers and code as they are after each step, of the core that was chosen", async () => {
    const session = bootProgram("quicksort");
    const terminal = start(session, 100, 40, { speed: 0.0001 });
    await terminal.until(/RUNNING/);
    terminal.press(" ");
    await terminal.until(/PAUSED/);
    terminal.press("i");
    const seen = new Set<string>();
    for (let step = 0; step < 6; step++) {
      const text = await terminal.until(/rip 0x[0-9a-f]+ {2}\w+/);
      seen.add(/rip (0x[0-9a-f]+)/.exec(text)?.[1] ?? "");
      const retired = session.retired()[0];
      terminal.press("s");
      await terminal.until(() => session.retired()[0] > retired);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(seen.size).toBeGreaterThan(1);
  });

  it("steps the core that was chosen, while the others go on", async () => {
    const session = bootTour();
    const terminal = start(session, 100, 30);
    await terminal.until(/RUNNING/);
    terminal.press(" ");
    await terminal.until(/PAUSED/);
    terminal.press("ccc");
    const before = session.retired();
    terminal.press("s");
    await terminal.until(() => session.retired()[2] > before[2]);
    expect(session.retired()[2]).toBe(before[2] + 1);
    await terminal.until(/(step: core 2 generator|core 2 is idle or in the kernel)/);
  });

  it("moves its lanes into the past and back, with an axis and a cursor that says what ran", async () => {
    const terminal = start(bootTour(), 120, 30, { untilCycles: 2_400_000, speed: Infinity });
    await terminal.until(/ENDED/);
    expect(terminal.rows()[1]).toMatch(/^─ Cores ─+.*┬\d+ ms.*┬\d+ ms.* a column ─$/);
    const before = terminal.rows()[1];
    terminal.press(",,");
    await terminal.until((text) => text.includes("end: back to now") && !text.includes(before));
    terminal.press("\x1b[F");
    await terminal.until((text) => text.includes(before));
    terminal.press("\x1b[D\x1b[D\x1b[D");
    await terminal.until(/^ \d+\.?\d* ms {2}core 0: (idle|.*(sensor|controller|kernel) [\d.]+ %)/m);
    terminal.press("f");
    await terminal.until(/┬0 s|┬\d+ ms/);
    terminal.press("\x1b");
    await terminal.until(/^ space {2}pause/m);
  });

  it("fits a run that is over in a moment", async () => {
    const session = bootProgram("hello");
    const terminal = start(session, 100, 30);
    await terminal.until(/ENDED/);
    const drawn = (text: string): number => (text.match(/[▁▂▃▄▅▆▇█]/g) ?? []).length;
    expect(drawn(await terminal.until((text) => drawn(text) > 8))).toBeGreaterThan(8);
  });

  it("gives a pane the screen, scrolls what lies over the picture, and has help and quit at any width", async () => {
    const terminal = start(bootTour(), 80, 24, { untilCycles: 300_000, speed: Infinity });
    await terminal.until(/ENDED/);
    expect(terminal.rows()[23]).toMatch(/\? {2}help {2}q {2}quit$/);
    terminal.press("w");
    await terminal.until((text) => text.includes("─ Cores ─") && !text.includes("─ Partitions ─"));
    terminal.press("www");
    await terminal.until((text) => text.includes("─ Events ─") && !text.includes("─ Cores ─"));
    terminal.press("w?");
    const help = await terminal.until(/lines 1 to \d+ of \d+: ↑↓/);
    expect(help).not.toContain("a letter a partition");
    terminal.press("\x1b[6~\x1b[6~");
    await terminal.until(/a letter a partition/);
  });

  it("says which of many cores it shows", async () => {
    const terminal = start(bootCores(16), 80, 24);
    expect(await terminal.until(/─ Cores 0 to \d of 16 ─/)).toMatch(/^core 0 /m);
    terminal.press("\x1b[A");
    expect(await terminal.until(/─ Cores \d to 15 of 16 ─/)).toMatch(/^core 15 /m);
  });

  it("tells events in words", async () => {
    const terminal = start(bootTour(), 160, 30);
    await terminal.until(/RUNNING/);
    terminal.press(" ");
    await terminal.until(/PAUSED/);
    const seen = new Set<string>();
    for (let step = 0; step < 30; step++) {
      terminal.press("n");
      const text = await terminal.until(/^ event: core \d .*$/m);
      await new Promise((resolve) => setTimeout(resolve, 45));
      seen.add(/^ event: (.*)$/m.exec(text)?.[1] ?? "");
    }
    const all = [...seen].join("\n");
    expect(all).not.toMatch(/-1\b/);
    expect(all).toMatch(/(by (doorbell|deadline|period|timer)|for (channels|its period)|system call|dispatch)/);
  });

  it("shows a terminal without colours and Unicode letters in place of both", async () => {
    const kind = { hasScreen: true, hasColours: false, hasUnicode: false };
    const terminal = start(bootTour(), 100, 40, { kind });
    const text = await terminal.until(/^ {8}.*(aa|a\.|\.a)/m);
    expect(text).toMatch(/^>sensor .*\nb?controller/m);
    // oxlint-disable-next-line no-control-regex
    expect(text).toMatch(/^[\x00-\x7f]*$/);
    // oxlint-disable-next-line no-control-regex
    expect(terminal.sent()).not.toMatch(/\x1b\[(?:[0-9]+;)*(?:3[0-8]|4[0-8])(?:;[0-9]+)*m/);
  });

  it("stays when nothing is left that could happen, and says so", async () => {
    const terminal = start(bootProgram("hello"), 120, 24);
    const text = await terminal.until(/ENDED/);
    expect(text).toContain("nothing is left that could happen");
    await terminal.until(/hello +Hello from a partition\./);
    await terminal.until(/exit 0/);
    terminal.press(" ");
    terminal.press("s");
    terminal.press("n");
    await terminal.until(/ENDED/);
  });

  it("stops at the time that --for gave", async () => {
    const session = bootTour();
    const terminal = start(session, 120, 24, { untilCycles: 50_000, speed: Infinity });
    await terminal.until(/ENDED .*the time was up/);
    expect(session.now()).toBe(50_000);
  });

  it.each([
    ["q", "q"],
    ["Ctrl-C", "\x03"],
  ])("leaves the terminal as it was at %s", async (_, key) => {
    const terminal = start(bootTour(), 80, 24);
    await terminal.until(/RUNNING/);
    expect([terminal.isAlternate, terminal.isCursorHidden]).toEqual([true, true]);
    terminal.press(key);
    await terminal.closed;
    await terminal.until(() => !terminal.isAlternate);
    expect(terminal.isCursorHidden).toBe(false);
    // No mouse mode was ever switched on.
    for (const mode of ["9", "1000", "1002", "1003", "1005", "1006"])
      expect(terminal.sent()).not.toContain(`\x1b[?${mode}h`);
  });

  it("leaves the terminal before an error reaches the caller", async () => {
    const session = bootTour();
    let runs = 0;
    const failing = {
      ...session,
      run: (options: Parameters<typeof session.run>[0]) => {
        if (++runs > 20) throw new Error("owl");
        return session.run(options);
      },
    };
    const terminal = start(failing, 80, 24);
    await expect(terminal.closed).rejects.toThrow("owl");
    await terminal.until(() => !terminal.isAlternate && !terminal.isCursorHidden);
  });

  it("does so for an error in a key's handler too", async () => {
    const session = bootTour();
    const failing = { ...session };
    const terminal = start(failing, 80, 24);
    await terminal.until(/RUNNING/);
    terminal.press(" ");
    await terminal.until(/PAUSED/);
    failing.run = () => {
      throw new Error("toad");
    };
    terminal.press("s");
    await expect(terminal.closed).rejects.toThrow("toad");
    await terminal.until(() => !terminal.isAlternate && !terminal.isCursorHidden);
  });

  it("never sends control characters of guests to the terminal", async () => {
    const session = bootTour();
    const terminal = start(session, 100, 30);
    await terminal.until(/RUNNING/);
    const text = "\x1b]0;owned\x07\x1b[31mred\x9bm\n";
    session.trace.recordText(20, 0, 0, -1, text.length, -1, -1, text);
    await terminal.until(/·\]0;owned··\[31mred·m/);
    expect(terminal.sent()).not.toContain("\x1b]0;owned");
    expect(terminal.sent()).not.toContain("\x9b");
  });

  it("changes nothing of what the system does", async () => {
    const [watched, alone] = [bootTour(), bootTour()];
    const terminal = start(watched, 90, 30, { untilCycles: 400_000, speed: Infinity });
    for (const key of ["i", "?", " ", "s", "n", " ", "]", "["]) terminal.press(key);
    await terminal.until(/ENDED/);
    alone.run({ until: 400_000 });
    expect(watched.hashes()).toEqual(alone.hashes());
    expect(watched.account()).toEqual(alone.account());
  });
});

const hasTmux = spawnSync("tmux", ["-V"]).status === 0;
if (!hasTmux) console.log("skipped: the terminal UI in tmux (tmux is not here)");

describe("the terminal UI in a real terminal", () => {
  const socket = `hallows-test-${process.pid}`;
  const tmux = (...words: string[]): string => spawnSync("tmux", ["-L", socket, ...words], { encoding: "utf8" }).stdout;
  const until = async (expected: RegExp): Promise<string> => {
    const started = performance.now();
    for (;;) {
      const text = tmux("capture-pane", "-p", "-t", "test");
      if (expected.test(text)) return text;
      if (performance.now() - started > 10_000) throw new Error(`${String(expected)} never came:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it.skipIf(!hasTmux)("is up in under two seconds, and leaves the screen as it was", async () => {
    try {
      tmux("new-session", "-d", "-s", "test", "-x", "100", "-y", "30", "sh");
      tmux(
        "send-keys",
        "-t",
        "test",
        `echo before; "${process.execPath}" "${MAIN}" boot "${TOUR}"; echo code=$?`,
        "Enter",
      );
      const started = performance.now();
      await until(/HALLOWS {2}tour {2}RUNNING/);
      const upMilliseconds = performance.now() - started;
      console.log(`terminal UI up in ${upMilliseconds.toFixed(0)} ms`);
      expect(upMilliseconds).toBeLessThan(2000);
      await until(/^sensor +[\d.]+ C/m);
      tmux("resize-window", "-t", "test", "-x", "120", "-y", "40");
      await until(/sensor→controller/);
      // To the shell, and back: the shell has its screen, then the picture is painted anew.
      tmux("send-keys", "-t", "test", "C-z");
      expect(await until(/Stopped|suspended/)).not.toContain("HALLOWS");
      const keyModes = "#{keypad_flag}#{keypad_cursor_flag}";
      expect(tmux("display-message", "-p", "-t", "test", keyModes)).toBe("00\n");
      tmux("send-keys", "-t", "test", "echo still; fg", "Enter");
      await until(/HALLOWS {2}tour {2}RUNNING/);
      await until(/sensor→controller/);
      // SIGSTOP can't be caught, and the shell writes into the picture: it is painted anew, and keys come as they are
      // pressed.
      const shell = tmux("display-message", "-p", "-t", "test", "#{pane_pid}").trim();
      const job = spawnSync("pgrep", ["-P", shell], { encoding: "utf8" }).stdout.trim();
      process.kill(Number(job), "SIGSTOP");
      await until(/Stopped|suspended/);
      // The terminal is in raw mode, where Enter ends no line.
      tmux("send-keys", "-t", "test", "fg", "C-j");
      await until(/^ HALLOWS[^]*sensor→controller/);
      await until(/^(?![^]*(Stopped|suspended|fg))/);
      tmux("send-keys", "-t", "test", "q");
      await until(/of virtual time/);
      tmux("send-keys", "-t", "test", "echo left=$?", "Enter");
      const after = await until(/left=0/);
      expect(after).toContain("before");
      expect(after).toMatch(/tour: [\d.]+ m?s of virtual time, \d+ faults?, hash [0-9a-f]{16}/);
      expect(after).not.toContain("HALLOWS");
    } finally {
      tmux("kill-server");
    }
  });

  it.skipIf(!hasTmux)("ends without a word when the terminal is closed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hallows-closed-"));
    const [said, pid] = [join(folder, "said"), join(folder, "pid")];
    try {
      tmux("new-session", "-d", "-s", "test", "-x", "100", "-y", "30", "bash", "--norc");
      const command = `sh -c 'echo $$ > ${pid}; exec "${process.execPath}" "${MAIN}" boot "${TOUR}" 2> ${said}'`;
      tmux("send-keys", "-t", "test", command, "Enter");
      await until(/HALLOWS {2}tour {2}RUNNING/);
      tmux("kill-session", "-t", "test");
      const job = Number(readFileSync(pid, "utf8"));
      await expect.poll(() => isAlive(job), { timeout: 10_000 }).toBe(false);
      expect(readFileSync(said, "utf8").replace(/^host: .*\n/m, "")).toBe("");
    } finally {
      tmux("kill-server");
      rmSync(folder, { recursive: true });
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const SHELL = fileURLToPath(new URL("../../images/shell/", import.meta.url));

describe("typing", () => {
  function startShell(): VirtualTerminal {
    const readFile = (name: string): Uint8Array => readFileSync(SHELL + name);
    const plan = loadSystem(readFileSync(`${SHELL}system.toml`, "utf8"), "system.toml", { readFile });
    const outside = createOutside(plan);
    const session = createSession(plan, { outlets: outside?.outlets });
    const live = createLive(session, { clock: () => performance.now() });
    outside?.start(live, session);
    return start(session, 100, 30, { live, consoleInput: outside?.consoleInput });
  }

  it("sends lines to the selected partition while it waits, and shows them", async () => {
    const terminal = startShell();
    await terminal.until(/shell +generation 1/);
    await terminal.until(/RUNNING .* keeps up/);
    terminal.press("e");
    await terminal.until(/^ shell> ▏/m);
    terminal.press("echo Thr\u007free q?\r");
    await terminal.until(/> echo Three q\?\n[^\n]*Three q\?/);
    terminal.press("time\r");
    await terminal.until(/\d+ us/);
    terminal.press("\u0004");
    const text = await terminal.until(/no more input/);
    expect(text).not.toMatch(/^ shell>/m);
    terminal.press("e");
    await terminal.until(/nobody can type to shell/);
  });

  it("leaves its keys to text until esc", async () => {
    const terminal = startShell();
    await terminal.until(/shell +generation 1/);
    terminal.press("eq?");
    await terminal.until(/^ shell> q\?▏/m);
    terminal.press("\u001b");
    await terminal.until(/^ space {2}pause/m);
    terminal.press("?");
    expect(await terminal.until(/type lines for the selected partition/)).toMatch(/pause, go on/);
  });

  it("says what is lacking where a partition takes no input", async () => {
    const terminal = start(bootTour(), 100, 30);
    await terminal.until(/RUNNING/);
    terminal.press("e");
    const text = await terminal.until(/nobody can type to sensor/);
    expect(text).toContain('a [[channel]] from "console" to "sensor"');
  });
});

describe("a replay", () => {
  it("runs in the terminal UI, is paused and stepped, and comes to the recorded end", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hallows-replay-"));
    const path = join(folder, "a.rec");
    const { status } = spawnSync(process.execPath, [MAIN, "boot", `${SHELL}system.toml`, "--record", path], {
      input: "echo one\ncount 3000\necho two\n",
    });
    expect(status).toBe(0);
    const record = readRecord(readFileSync(path), path);
    const session = createSession(record.plan);
    const replay = createReplay(record, session, path, 3);
    const terminal = start(session, 100, 30, { slicer: replay, speed: 0.0001 });
    await terminal.until(/shell +one/);
    terminal.press(" ");
    await terminal.until(/PAUSED/);
    for (let step = 0; step < 20; step++) terminal.press(step % 2 === 0 ? "s" : "n");
    terminal.press(" m");
    expect(await terminal.until(/ENDED .* the record ends here/)).toContain("two");
    expect(replay.report()).toMatchObject({ verdict: "same", difference: null });
    rmSync(folder, { recursive: true });
  });
});
