/** What displays show, as PNG files. */
import { parse, format } from "node:path";
import { ConfigError } from "../../errors.js";
import type { SystemPlan } from "../../kernel/index.js";
import type { Session } from "../../system/running.js";
import { fileProblem } from "../file-error.js";
import type { HostFiles } from "../files.js";
import { encodePng } from "../png.js";

/** Writes what a display shows now, named after it and the cycle. What to tell of it. */
export function saveScreenshot(session: Session, files: HostFiles, display: string): string {
  const path = `${display}-${session.now()}.png`;
  try {
    const file = files.createWriter(path);
    file.write(encodePng(session.frame(display)));
    file.close();
    return `${path} has what ${display} shows`;
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll("\n", " ");
    throw error;
  }
}

export interface Screenshots {
  /** Writes what is shown now. Throws ConfigError. */
  take(session: Session): void;
}

/** The names of a system's displays, in the order of its description. */
export function displayNames({ devices }: SystemPlan): string[] {
  return devices.flatMap(({ name, kind }) => (kind === "display" ? [name] : []));
}

/**
 * Opens the file; where there are several displays, one for each, with its name before the ending. A wrong path is told
 * before the system runs. Throws ConfigError.
 */
export function openScreenshots(plan: SystemPlan, files: HostFiles, path: string): Screenshots {
  const names = displayNames(plan);
  if (names.length === 0)
    throw fileProblem(
      path,
      "can't be made: the system has no display",
      'It needs a [device.NAME] of kind = "display".',
    );
  const { dir, name, ext } = parse(path);
  const targets = names.map((display) => {
    const target = names.length === 1 ? path : format({ dir, name: `${name}-${display}`, ext });
    return { display, file: files.createWriter(target) };
  });
  return {
    take(session) {
      for (const { display, file } of targets) {
        file.write(encodePng(session.frame(display)));
        file.close();
      }
    },
  };
}
