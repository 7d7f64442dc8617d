/** Typing a line for the selected partition: while it lasts, keys are text. */
import type { ConsoleInput } from "../host/devices/console-input.js";
import { safeText } from "../host/safe-text.js";
import type { Model } from "./model.js";
import type { UiState } from "./state.js";

/** A line is cut off at this. */
const MOST_CHARACTERS = 1000;

/** Begins a line, or says why there can be none. */
export function startTyping({ plan, consoleInput }: Model, state: UiState): void {
  const { selected } = state;
  const { name } = plan.partitions[selected];
  if (consoleInput?.accepts(selected) === true) {
    state.typing = "";
    state.isConsoleFocused = true;
    state.scrollBack = 0;
  } else state.notice = `nobody can type to ${name}: a [[channel]] from "console" to "${name}" would let you`;
}

/** A key while a line is typed. `character` is the text that it stands for, if any. */
export function typeKey(key: string, character: string, model: Model, state: UiState): void {
  const { consoleInput } = model;
  const line = state.typing ?? "";
  if (consoleInput === null || key === "escape" || key === "C-c") state.typing = null;
  else if (key === "enter" || key === "linefeed") {
    send(`${line}\n`, consoleInput, model, state);
    state.typing = "";
  } else if (key === "C-d") {
    if (line !== "") send(line, consoleInput, model, state);
    consoleInput.end(state.selected);
    state.typing = null;
  } else if (key === "backspace" || key === "C-h") state.typing = [...line].slice(0, -1).join("");
  else if (key === "C-u") state.typing = "";
  else if (isText(character)) state.typing = (line + character).slice(0, MOST_CHARACTERS);
}

function send(text: string, consoleInput: ConsoleInput, { logs, sample }: Model, { selected }: UiState): void {
  consoleInput.send(selected, new TextEncoder().encode(text));
  logs.echo(selected, sample.cycle, safeText(text.trimEnd()));
}

/** Whether a key's character is text and no control character. */
function isText(character: string): boolean {
  return character !== "" && !/[\p{Cc}\p{Cs}]/u.test(character);
}
