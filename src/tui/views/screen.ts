/** A display: its frame, as large as the pane allows. */
import { LOOKS } from "../palette.js";
import { paintTitle, type Area, type Canvas } from "../canvas.js";
import type { Model } from "../model.js";
import type { UiState } from "../state.js";

export function paintScreen(canvas: Canvas, area: Area, model: Model, state: UiState): void {
  const display = model.displays[state.display ?? 0];
  const frame = model.session.frame(display.name);
  const inside = paintTitle(canvas, area, display.name, `${frame.width} × ${frame.height}`, LOOKS);
  model.pictures.paint(canvas, inside, frame, state.overlay !== "none");
}
