/**
 * The panes between header and footer. A pane is its row here, a file in views/, and its painter in picture.ts.
 */

/** Bands lie one above the other; layout.ts gives them their rows. */
export type Band = "lanes" | "tables" | "logs";

interface PaneRow {
  /**
   * Those of a band stand side by side, in the order of rows here. Null for one that is shown when it is grown only.
   */
  readonly band: Band | null;
  /** Part of the band's width; the last of a band has what the others leave. */
  readonly share: number;
  readonly leastColumns: number;
}

export const PANES = {
  lanes: { band: "lanes", share: 1, leastColumns: 0 },
  partitions: { band: "tables", share: 0.52, leastColumns: 50 },
  channels: { band: "tables", share: 0.48, leastColumns: 0 },
  consoles: { band: "logs", share: 0.52, leastColumns: 0 },
  events: { band: "logs", share: 0.48, leastColumns: 0 },
  screen: { band: null, share: 1, leastColumns: 0 },
} as const satisfies Readonly<Record<string, PaneRow>>;

export type Pane = keyof typeof PANES;

/** What can have the screen to itself, in the order in which a key goes through it. */
export const GROWN_PANES: readonly (readonly Pane[])[] = [
  ["lanes"],
  ["partitions", "channels"],
  ["consoles"],
  ["events"],
];

/** What a display has for itself. */
export const SCREEN_PANES: readonly Pane[] = ["screen"];

export function panesOf(band: Band): Pane[] {
  return (Object.keys(PANES) as Pane[]).filter((pane) => PANES[pane].band === band);
}
