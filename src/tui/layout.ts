/** Where things are, for a size of terminal. Pure. */
import type { Area } from "./canvas.js";
import { PANES, panesOf, type Pane } from "./panes.js";

export const LEAST_COLUMNS = 80;
export const LEAST_ROWS = 24;

export interface Layout {
  readonly header: Area;
  /** Where each pane is that is shown. */
  readonly panes: PaneAreas;
  readonly footer: Area;
}

/** Each with its title row. */
type PaneAreas = Partial<Readonly<Record<Pane, Area>>>;

export interface Contents {
  readonly cores: number;
  readonly partitions: number;
  readonly channels: number;
  readonly isConsoleFocused: boolean;
  /** Panes that have all the rows between header and footer, or null. */
  readonly grown: readonly Pane[] | null;
}

/** Title and head of a table, and of the lanes the title alone. */
const TABLE_HEAD_ROWS = 2;
const LEAST_LOG_ROWS = 5;
const LANE_ROWS_AT_MOST = 4;

/** Null when the terminal is too small. */
export function arrange(width: number, height: number, contents: Contents): Layout | null {
  if (width < LEAST_COLUMNS || height < LEAST_ROWS) return null;
  let y = 0;
  const take = (rows: number): Area => {
    const area = { x: 0, y, width, height: rows };
    y += rows;
    return area;
  };
  const header = take(1);
  const panes =
    contents.grown === null ? stackBands(height - 2, contents, take) : sideBySide(take(height - 2), contents.grown);
  return { header, panes, footer: take(1) };
}

/** Lanes may take 40 % of the rows and the tables 40 %; the logs have the rest. */
function stackBands(rows: number, contents: Contents, take: (rows: number) => Area): PaneAreas {
  const laneSpace = Math.max(2, Math.floor(rows * 0.4) - 1);
  const laneCount = Math.min(contents.cores, laneSpace);
  const wantedTable = Math.max(contents.partitions, Math.min(contents.channels, contents.partitions + 4), 3);
  const tableRows = Math.min(wantedTable, Math.max(3, Math.floor(rows * 0.4) - TABLE_HEAD_ROWS));
  const logRows = Math.max(LEAST_LOG_ROWS, Math.floor(rows * 0.25));
  const spare = rows - 1 - laneCount - TABLE_HEAD_ROWS - tableRows - 1 - logRows;
  const laneRows = Math.max(
    1,
    Math.min(LANE_ROWS_AT_MOST, 1 + Math.floor(spare / laneCount), Math.floor(laneSpace / laneCount)),
  );
  const lanes = 1 + laneCount * laneRows;
  const tables = TABLE_HEAD_ROWS + tableRows;
  return {
    ...sideBySide(take(lanes), panesOf("lanes")),
    ...sideBySide(take(tables), panesOf("tables")),
    ...sideBySide(take(rows - lanes - tables), contents.isConsoleFocused ? ["consoles"] : panesOf("logs")),
  };
}

/** From left to right, with an empty column between. */
function sideBySide(area: Area, panes: readonly Pane[]): PaneAreas {
  let { x } = area;
  const end = area.x + area.width;
  const areas: Partial<Record<Pane, Area>> = {};
  panes.forEach((pane, index) => {
    const { share, leastColumns } = PANES[pane];
    const isLast = index === panes.length - 1;
    const width = isLast ? end - x : Math.max(leastColumns, Math.floor(area.width * share));
    areas[pane] = { ...area, x, width };
    x += width + 1;
  });
  return areas;
}
