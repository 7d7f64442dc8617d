/** The whole picture: lays out a canvas and lets each view paint its part. Pure but for the canvas. */
import { SYSTEM_CALL_ROWS } from "../abi/index.js";
import { isBetweenPartitions, type SystemPlan } from "../kernel/index.js";
import { EVENT_ROWS, EventKind, type TraceEvent } from "../trace/index.js";
import type { Canvas } from "./canvas.js";
import { findNext } from "./inspector.js";
import { arrange, LEAST_COLUMNS, LEAST_ROWS } from "./layout.js";
import type { Model } from "./model.js";
import { LOOKS } from "./palette.js";
import type { UiState } from "./state.js";
import { paintChannels } from "./views/channels.js";
import { paintFooter, paintHeader } from "./views/header.js";
import { paintLanes } from "./views/lanes.js";
import { paintConsoles, paintEvents } from "./views/logs.js";
import { paintDetails, paintHelp } from "./views/overlays.js";
import { paintPartitions } from "./views/partitions.js";

export function paintPicture(canvas: Canvas, model: Model, state: UiState): void {
  const { plan } = model;
  canvas.clear();
  const layout = arrange(canvas.width, canvas.height, {
    cores: plan.cores.length,
    partitions: plan.partitions.length,
    channels: plan.channels.filter(isBetweenPartitions).length,
    isConsoleFocused: state.isConsoleFocused,
  });
  if (layout === null) {
    paintTooSmall(canvas);
    return;
  }
  paintHeader(canvas, layout.header, model);
  paintLanes(canvas, layout, model, state);
  paintPartitions(canvas, layout.partitions, model, state);
  paintChannels(canvas, layout.channels, model, state);
  paintConsoles(canvas, layout.consoles, model, state);
  paintEvents(canvas, layout.events, model);
  paintFooter(canvas, layout.footer, stepNote(model));
  if (state.overlay === "help") paintHelp(canvas);
  else if (state.overlay === "details") paintDetails(canvas, model, state);
}

/** While paused: what the next step would execute. */
function stepNote({ session, pacer }: Model): string {
  if (pacer.isRunning || pacer.end !== null) return "";
  if (pacer.steppedTo !== null) return ` event: ${describeEvent(session.plan, pacer.steppedTo)}`;
  const next = findNext(session);
  if (next === null) return " every core is idle or in the kernel";
  const place = next.place === "" ? "" : ` ${next.place}`;
  return ` next: core ${next.core} ${next.partition.name} 0x${next.rip.toString(16)}${place}: ${next.text}`;
}

/** Any event in a line: who, what, and its numbers by name. */
function describeEvent({ partitions }: SystemPlan, event: TraceEvent): string {
  const row = EVENT_ROWS[event.kind];
  const who = partitions[event.partition]?.name ?? "";
  const what =
    event.kind === EventKind.SystemCall || event.kind === EventKind.SystemReturn
      ? (SYSTEM_CALL_ROWS[event.a]?.word ?? "")
      : "";
  const fields = [
    [row.a, event.a],
    [row.b, event.b],
    [row.c, event.c],
  ].filter(([name]) => name !== "" && !(what !== "" && name === "number"));
  const values = fields.map(([name, value]) => `${name} ${value}`).join(", ");
  return [`core ${event.core}`, who, row.name, what, values].filter((part) => part !== "").join(" ");
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
