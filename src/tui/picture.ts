/** The whole picture: lays out a canvas and lets each view paint its part. Pure but for the canvas. */
import { isBetweenPartitions } from "../kernel/index.js";
import type { Area, Canvas } from "./canvas.js";
import { describeEvent } from "./event-text.js";
import { findNext } from "./inspector.js";
import { arrange, LEAST_COLUMNS, LEAST_ROWS } from "./layout.js";
import type { Model } from "./model.js";
import { captorOf } from "./capture.js";
import { LOOKS } from "./palette.js";
import { SCREEN_PANES, type Pane } from "./panes.js";
import type { UiState } from "./state.js";
import { paintChannels } from "./views/channels.js";
import { paintFooter, paintHeader } from "./views/header.js";
import { describeCursor, paintLanes } from "./views/lanes.js";
import { paintConsoles, paintEvents } from "./views/logs.js";
import { paintDetails, paintHelp } from "./views/overlays.js";
import { paintScreen } from "./views/screen.js";
import { paintPartitions } from "./views/partitions.js";

type PaintPane = (canvas: Canvas, area: Area, model: Model, state: UiState) => void;

const PAINTERS: Readonly<Record<Pane, PaintPane>> = {
  lanes: paintLanes,
  partitions: paintPartitions,
  channels: paintChannels,
  consoles: paintConsoles,
  events: paintEvents,
  screen: paintScreen,
};

export function paintPicture(canvas: Canvas, model: Model, state: UiState): void {
  const { plan } = model;
  canvas.clear();
  const layout = arrange(canvas.width, canvas.height, {
    cores: plan.cores.length,
    partitions: plan.partitions.length,
    channels: plan.channels.filter(isBetweenPartitions).length,
    isConsoleFocused: state.isConsoleFocused,
    grown: state.display === null ? state.grown : SCREEN_PANES,
  });
  if (layout === null) {
    paintTooSmall(canvas);
    return;
  }
  paintHeader(canvas, layout.header, model);
  for (const [pane, area] of Object.entries(layout.panes)) PAINTERS[pane as Pane](canvas, area, model, state);
  paintFooter(canvas, layout.footer, noteOf(model, state));
  if (state.overlay === "help") paintHelp(canvas, state);
  else if (state.overlay === "details") paintDetails(canvas, model, state);
}

/** What stands in place of the keys: where the cursor is, or, while paused, what the next step would execute. */
function noteOf(model: Model, state: UiState): string {
  const { session, pacer, plan } = model;
  if (state.typing !== null) return ` ${plan.partitions[state.selected].name}> ${state.typing}▏`;
  const captor = captorOf(model, state);
  if (captor !== null) return ` keys and mouse go to ${plan.partitions[captor].name}; Ctrl-] brings them back`;
  if (state.notice !== "") return ` ${state.notice}`;
  if (state.cursor !== null) return ` ${describeCursor(model, state)}`;
  if (pacer.isRunning || pacer.end !== null) return "";
  if (pacer.steppedTo !== null) return ` event: ${describeEvent(session.plan, pacer.steppedTo)}`;
  const next = findNext(session, state.stepCore);
  if (next === null)
    return state.stepCore === null
      ? " every core is idle or in the kernel"
      : ` core ${state.stepCore} is idle or in the kernel; c chooses another`;
  const place = next.place === "" ? "" : ` ${next.place}`;
  const which = state.stepCore === null ? "next" : "step";
  return ` ${which}: core ${next.core} ${next.partition.name} 0x${next.rip.toString(16)}${place}: ${next.text}`;
}

function paintTooSmall(canvas: Canvas): void {
  const lines = [
    "Hallows needs a terminal of",
    `${LEAST_COLUMNS} columns and ${LEAST_ROWS} rows;`,
    `this one has ${canvas.width} and ${canvas.height}.`,
    "",
    "The system goes on. q quits.",
  ];
  const top = Math.max(0, Math.floor((canvas.height - lines.length) / 2));
  lines.forEach((line, index) =>
    canvas.text(
      Math.max(0, Math.floor((canvas.width - line.length) / 2)),
      top + index,
      line,
      index === 1 ? LOOKS.strong : LOOKS.dim,
    ),
  );
}
