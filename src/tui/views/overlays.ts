/** What lies over everything else on demand: the keys, and one partition in detail. */
import { formatTime } from "../../host/format.js";
import { REGISTER_NAMES } from "../../kernel/index.js";
import { threadColour } from "../../host/colours.js";
import { attribute, type Area, type Attribute, type Canvas } from "../canvas.js";
import { KEY_HELP } from "../controls.js";
import { instructionsFrom, registersOf } from "../inspector.js";
import { shortFault } from "../logs.js";
import type { Model } from "../model.js";
import { LOOKS, OVERLAY_GROUND } from "../palette.js";
import type { UiState } from "../state.js";

const RIP_INDEX = 16;

/** A line of an overlay: pieces with their looks. */
type Line = readonly (readonly [text: string, look: Attribute])[];

function paintOverlay(canvas: Canvas, title: string, lines: readonly Line[], state: UiState): void {
  const lengthOf = (line: Line): number => line.reduce((total, [text]) => total + text.length, 0);
  const width = Math.min(canvas.width - 2, Math.max(title.length + 4, ...lines.map(lengthOf)) + 4);
  const height = Math.min(canvas.height - 2, lines.length + 3);
  const area: Area = {
    x: Math.floor((canvas.width - width) / 2),
    y: Math.floor((canvas.height - height) / 2),
    width,
    height,
  };
  canvas.fill(area, " ", LOOKS.overlay);
  canvas.fill({ ...area, height: 1 }, " ", LOOKS.overlayTitle);
  const rows = height - 2;
  const hidden = Math.max(0, lines.length - rows);
  state.overlayScroll = Math.min(state.overlayScroll, hidden);
  canvas.text(area.x + 2, area.y, title, LOOKS.overlayTitle, width - 4);
  if (hidden > 0) {
    const note = `lines ${state.overlayScroll + 1} to ${state.overlayScroll + rows} of ${lines.length}: ↑↓`;
    canvas.text(area.x + width - 2 - note.length, area.y, note, LOOKS.overlayTitle);
  }
  lines.slice(state.overlayScroll, state.overlayScroll + rows).forEach((line, index) => {
    let x = area.x + 2;
    const end = area.x + width - 2;
    for (const [text, look] of line) if (x < end) x = canvas.text(x, area.y + 1 + index, text, look, end - x);
  });
}

export function paintHelp(canvas: Canvas, state: UiState): void {
  const keyColumns = Math.max(...KEY_HELP.map(([keys]) => keys.length)) + 2;
  const lines: Line[] = KEY_HELP.map(([keys, what]) => [
    [keys.padEnd(keyColumns), LOOKS.overlayStrong],
    [what, LOOKS.overlay],
  ]);
  lines.push(
    [],
    [
      [
        "Lanes: height is how busy a core was, colour which thread had it (shades of its partition's),",
        LOOKS.overlayDim,
      ],
    ],
    [["grey the kernel, red a reload, dark ground a partition's window. Fast, the picture stands", LOOKS.overlayDim]],
    [
      [
        "still at the system's rhythm. Without colours: a letter a partition, % the kernel, ! a reload.",
        LOOKS.overlayDim,
      ],
    ],
  );
  paintOverlay(canvas, "Keys", lines, state);
}

export function paintDetails(canvas: Canvas, model: Model, state: UiState): void {
  const { selected } = state;
  const { session, plan, sample } = model;
  const partition = plan.partitions[selected];
  const view = sample.view.partitions[selected];
  const account = session.account().partitions[selected];
  const { frequencyHz } = plan.machine;
  const fact = (name: string, value: string): Line => [
    [name.padEnd(12), LOOKS.overlayDim],
    [value, LOOKS.overlay],
  ];
  const lines: Line[] = [
    fact("program", `${partition.program}, class ${view.class}, policy ${view.policy}, core ${view.core}`),
    fact(
      "life",
      `${view.state}, mode ${view.mode}, generation ${view.generation}, ${view.restarts} restarts, ${view.faults} faults`,
    ),
    fact(
      "time",
      `${formatTime(account.threadCycles, frequencyHz)} in threads, ${formatTime(account.kernelCycles, frequencyHz)} in the kernel for it`,
    ),
    fact(
      "events",
      `${account.dispatches} dispatches, ${account.systemCalls} calls, ${account.releases} releases, ${account.deadlinesMissed} deadlines missed`,
    ),
  ];
  if (view.lastFault !== null)
    lines.push([
      ["last fault".padEnd(12), LOOKS.overlayDim],
      [shortFault(view.lastFault.text), LOOKS.overlayBad],
    ]);
  const threads = sample.view.threads.filter(({ partition: owner }) => owner === selected);
  for (const [index, thread] of threads.entries()) {
    const registers = registersOf(session, thread.id);
    lines.push(
      [],
      [
        ["▌", attribute({ fg: threadColour(selected, index), bg: OVERLAY_GROUND })],
        [`thread ${thread.name}`, LOOKS.overlayStrong],
        [`  ${thread.state}, priority ${thread.priority}`, LOOKS.overlay],
      ],
    );
    for (let at = 0; at < RIP_INDEX; at += 4) {
      const names = REGISTER_NAMES.slice(at, at + 4);
      lines.push(
        names.flatMap((name, index): Line => [
          [`${index === 0 ? "" : "  "}${name.padStart(3)} `, LOOKS.overlayDim],
          [registers[at + index].toString(16).padStart(16, "0"), LOOKS.overlay],
        ]),
      );
    }
    instructionsFrom(session, partition, registers[RIP_INDEX], 4).forEach(({ at, text }, index) => {
      lines.push([
        [`${index === 0 ? "rip" : "   "} 0x${at.toString(16)}  `, LOOKS.overlayDim],
        [text, index === 0 ? LOOKS.overlayStrong : LOOKS.overlay],
      ]);
    });
  }
  paintOverlay(canvas, partition.name, lines, state);
}
