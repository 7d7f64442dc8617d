/**
 * The terminal UI's main loop: lets virtual time pass in short slices, paints about 25 pictures a second, and reacts
 * to keys in between.
 *
 * Invariant: whatever happens, the terminal is left before an error reaches the caller.
 */
import { breathe, hostMilliseconds, sleep } from "../host/clock.js";
import type { ConsoleInput } from "../host/devices/console-input.js";
import type { InputAdapter } from "../host/devices/input.js";
import type { Live } from "../host/live.js";
import type { Session } from "../system/index.js";
import type { TerminalKind } from "../host/terminal-kind.js";
import type { Cycles } from "../units.js";
import { createCanvas } from "./canvas.js";
import { captorOf, passMouse } from "./capture.js";
import { fitLanes, pressKey } from "./controls.js";
import { createPictures } from "./graphics/pictures.js";
import { createModel } from "./model.js";
import { createPacer, type PreparedSlicer } from "./pacer.js";
import { paintPicture } from "./picture.js";
import { openScreen, type TerminalStreams } from "./screen.js";
import { watchJobControl } from "../host/job-control.js";
import { createUiState, ZOOMS } from "./state.js";

export interface TerminalOptions {
  readonly untilCycles: Cycles;
  /** Factor of real time at the start; Infinity for as fast as the host can. */
  readonly speed: number;
  /** What drives a session that faces the outside. */
  readonly live?: Live | null;
  /** What runs it otherwise, in place of an ordinary slicer. */
  readonly slicer?: PreparedSlicer | null;
  /** Whether it waits for the host. */
  readonly isBlocked?: () => boolean;
  /** Where what is typed for partitions goes. */
  readonly consoleInput?: ConsoleInput | null;
  /** Where keys and mouse of displays go. */
  readonly input?: InputAdapter | null;
  /** Writes what a display shows to a file; what to tell of it. */
  readonly saveScreenshot?: (display: string) => string;
  /** Looked at between slices: a signal has come. */
  readonly shouldStop?: () => boolean;
  /** What the terminal can show; everything if not given. */
  readonly kind?: TerminalKind;
  /** The process's own terminal if not given. */
  readonly streams?: TerminalStreams;
}

const PICTURE_MILLISECONDS = 40;
const SLICE_MILLISECONDS = 12;
const NAP_MILLISECONDS = 8;
/** A run of fewer columns than these is shown at a finer zoom when it has ended. */
const SHORT_COLUMNS = 20;

/** Returns when the person quits. */
export async function openTerminal(session: Session, options: TerminalOptions): Promise<void> {
  const kind = options.kind ?? { hasScreen: true, hasColours: true, hasUnicode: true };
  const state = createUiState(session.plan, kind.hasColours);
  const pacer = createPacer(session, {
    untilCycles: options.untilCycles,
    speed: options.speed,
    clock: hostMilliseconds,
    live: options.live,
    slicer: options.slicer,
  });
  const pictures = createPictures(kind.graphics ?? (kind.hasColours ? "256 colours" : "characters"), kind.hasUnicode);
  const { consoleInput, input, saveScreenshot } = options;
  const model = createModel(session, pacer, ZOOMS[state.zoom], { consoleInput, input, pictures, saveScreenshot });
  input?.attach();
  let isDirty = true;
  let isResized = false;
  let failure: { readonly error: unknown } | null = null;
  const screen = openScreen(options.streams ?? { input: process.stdin, output: process.stdout }, kind, {
    onKey: (key, character) => {
      if (key === "C-z") return jobs.stop();
      try {
        if (pressKey(key, character, model, state)) isDirty = true;
      } catch (error) {
        // Thrown from here it would be nobody's: the loop throws it again.
        failure = { error };
      }
    },
    onMouse: (event) => {
      const captor = captorOf(model, state);
      if (captor !== null) passMouse(event, captor, model);
    },
    onResize: () => {
      isResized = true;
      isDirty = true;
    },
  });
  const jobs = watchJobControl({
    onStop: screen.suspend,
    onContinue: () => {
      screen.resume();
      pictures.clear();
      isDirty = true;
    },
  });
  try {
    let canvas = createCanvas(screen.width, screen.height);
    let paintedAt = -Infinity;
    while (!state.quitting && options.shouldStop?.() !== true) {
      throwFailure(failure);
      const now = hostMilliseconds();
      if (now - paintedAt >= PICTURE_MILLISECONDS && (isDirty || pacer.isRunning)) {
        if (isResized || canvas.width !== screen.width || canvas.height !== screen.height) {
          canvas = createCanvas(screen.width, screen.height);
          isResized = false;
          // Whatever was written over the canvas is gone.
          pictures.clear();
        }
        const wasMoving = pacer.isRunning && pacer.end === null;
        model.refresh(now);
        pictures.begin();
        paintPicture(canvas, model, state);
        if (pictures.isStale()) {
          screen.write(pictures.clear());
          screen.forget();
        }
        screen.draw(canvas);
        screen.write(pictures.over());
        screen.setMouse(captorOf(model, state) !== null);
        paintedAt = now;
        isDirty = false;
        // A system that has ended, or stands, needs no more pictures.
        if (!wasMoving) await sleep(NAP_MILLISECONDS);
      }
      const wasOver = pacer.end !== null;
      const isMoreDue = options.isBlocked?.() !== true && pacer.advance(now, SLICE_MILLISECONDS);
      if (!wasOver && pacer.end !== null) {
        isDirty = true;
        // A run that is over in a moment would be a column wide.
        model.refresh(now);
        if (model.sample.cycle < SHORT_COLUMNS * model.activity.columnCycles) fitLanes(model, state);
      }
      if (isMoreDue) await breathe();
      else if (pacer.live !== null) await pacer.live.nap(NAP_MILLISECONDS);
      else await sleep(NAP_MILLISECONDS);
    }
  } finally {
    jobs.close();
    screen.close();
  }
}

function throwFailure(failure: { readonly error: unknown } | null): void {
  if (failure !== null) throw failure.error;
}
