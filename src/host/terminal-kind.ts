/**
 * What a terminal can show, from the environment that it is described by: TERM, NO_COLOR (no-color.org), the locale.
 */

export interface TerminalKind {
  /** Whether the cursor can be moved: without it there is no terminal UI. */
  readonly hasScreen: boolean;
  readonly hasColours: boolean;
  /** False where the locale says that text is no UTF-8. */
  readonly hasUnicode: boolean;
}

/** Terminal types without colours in terminfo: DEC's video terminals, and what calls itself monochrome. */
const COLOURLESS = /^(vt[0-9]|ansi-m$|linux-m\d*$|xterm-mono|.*-mono$|.*-m$)/;

/** `isPlain`: `--no-color` was given. */
export function describeTerminal(
  environment: Readonly<Record<string, string | undefined>>,
  isPlain: boolean,
): TerminalKind {
  const term = environment["TERM"] ?? "";
  const hasScreen = term !== "dumb";
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"] || "";
  return {
    hasScreen,
    hasColours: hasScreen && !isPlain && (environment["NO_COLOR"] ?? "") === "" && !COLOURLESS.test(term),
    // Many containers have no locale set, and a terminal with UTF-8 all the same.
    hasUnicode: locale === "" || /utf-?8/i.test(locale),
  };
}
