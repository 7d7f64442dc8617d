/**
 * What a terminal can show, from the environment that it is described by: TERM, NO_COLOR (no-color.org), the locale.
 */

/** How a terminal shows pictures, the best first. */
export const GRAPHICS_WAYS = ["kitty", "sixel", "true colours", "256 colours", "16 colours", "characters"] as const;

export type GraphicsWay = (typeof GRAPHICS_WAYS)[number];

export interface TerminalKind {
  /** Whether the cursor can be moved: without it there is no terminal UI. */
  readonly hasScreen: boolean;
  readonly hasColours: boolean;
  /** False where the locale says that text is no UTF-8. */
  readonly hasUnicode: boolean;
  /** Left out: 256 colours, where it has any. */
  readonly graphics?: GraphicsWay;
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
  const hasColours = hasScreen && !isPlain && (environment["NO_COLOR"] ?? "") === "" && !COLOURLESS.test(term);
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"] || "";
  return {
    hasScreen,
    hasColours,
    // Many containers have no locale set, and a terminal with UTF-8 all the same.
    hasUnicode: locale === "" || /utf-?8/i.test(locale),
    graphics: hasColours ? describeGraphics(environment, term) : "characters",
  };
}

/**
 * What terminals say of themselves in their environment; nothing is asked of them. Inside of tmux and screen the
 * terminal behind them counts for nothing.
 */
function describeGraphics(environment: Readonly<Record<string, string | undefined>>, term: string): GraphicsWay {
  const { TMUX, STY, KITTY_WINDOW_ID, TERM_PROGRAM, COLORTERM } = environment;
  const isDirect = TMUX === undefined && STY === undefined;
  if (isDirect && (KITTY_WINDOW_ID !== undefined || /kitty|ghostty/.test(term))) return "kitty";
  if (isDirect && /^(ghostty|WezTerm)$/i.test(TERM_PROGRAM ?? "")) return "kitty";
  if (isDirect && /^(foot|mlterm|yaft|contour)|sixel/.test(term)) return "sixel";
  if (/^(truecolor|24bit)$/.test(COLORTERM ?? "") || term.endsWith("-direct")) return "true colours";
  return /^linux|-16color$/.test(term) ? "16 colours" : "256 colours";
}
