/** Where things are, for a size of terminal. Pure. */
import type { Area } from "./canvas.js";
import type { Pane } from "./state.js";

export const LEAST_COLUMNS = 80;
export const LEAST_ROWS = 24;

/** Panes without height or width are not shown. */
export interface Layout {
  readonly header: Area;
  /** With its title row. */
  readonly lanes: Area;
  /** Rows of one lane. */
  readonly laneRows: number;
  /** Lanes that fit. */
  readonly laneCount: number;
  readonly partitions: Area;
  readonly channels: Area;
  readonly consoles: Area;
  readonly events: Area;
  readonly footer: Area;
}

export interface Contents {
  readonly cores: number;
  readonly partitions: number;
  readonly channels: number;
  readonly isConsoleFocused: boolean;
  readonly grown: Pane | null;
}

/** Title and head of a table, and of the lanes the title alone. */
const TABLE_HEAD_ROWS = 2;
const LEAST_LOG_ROWS = 5;
const LANE_ROWS_AT_MOST = 4;
const PARTITIONS_COLUMNS = 50;

/** Null when the terminal is too small. */
export function arrange(width: number, height: number, contents: Contents): Layout | null {
  if (width < LEAST_COLUMNS || height < LEAST_ROWS) return null;
  const middle = height - 2;
  if (contents.grown !== null) return grow(contents.grown, width, middle, contents);
  // Lanes may take 40 % and the tables 40 %; the logs have the rest.
  const laneSpace = Math.max(2, Math.floor(middle * 0.4) - 1);
  const laneCount = Math.min(contents.cores, laneSpace);
  const wantedTable = Math.max(contents.partitions, Math.min(contents.channels, contents.partitions + 4), 3);
  const tableRows = Math.min(wantedTable, Math.max(3, Math.floor(middle * 0.4) - TABLE_HEAD_ROWS));
  const spare =
    middle - 1 - laneCount - TABLE_HEAD_ROWS - tableRows - 1 - Math.max(LEAST_LOG_ROWS, Math.floor(middle * 0.25));
  const laneRows = Math.max(
    1,
    Math.min(LANE_ROWS_AT_MOST, 1 + Math.floor(spare / laneCount), Math.floor(laneSpace / laneCount)),
  );
  let y = 0;
  const take = (rows: number): Area => {
    const area = { x: 0, y, width, height: rows };
    y += rows;
    return area;
  };
  const header = take(1);
  const lanes = take(1 + laneCount * laneRows);
  const tables = take(TABLE_HEAD_ROWS + tableRows);
  const logs = take(height - 1 - y);
  const footer = take(1);
  const [partitions, channels] = split(tables, Math.max(PARTITIONS_COLUMNS, Math.floor(width * 0.52)));
  const [consoles, events] = contents.isConsoleFocused
    ? [logs, { ...logs, x: width, width: 0 }]
    : split(logs, Math.floor(width * 0.52));
  return { header, lanes, laneRows, laneCount, partitions, channels, consoles, events, footer };
}

/** One pane has all the rows between header and footer. */
function grow(pane: Pane, width: number, rows: number, { cores }: Contents): Layout {
  const whole = { x: 0, y: 1, width, height: rows };
  const nothing = { x: 0, y: 1, width: 0, height: 0 };
  const [partitions, channels] = pane === "tables" ? split(whole, Math.floor(width * 0.52)) : [nothing, nothing];
  const laneCount = pane === "lanes" ? Math.min(cores, rows - 1) : 0;
  return {
    header: { x: 0, y: 0, width, height: 1 },
    lanes: pane === "lanes" ? whole : nothing,
    laneRows: laneCount === 0 ? 0 : Math.floor((rows - 1) / laneCount),
    laneCount,
    partitions,
    channels,
    consoles: pane === "consoles" ? whole : nothing,
    events: pane === "events" ? whole : nothing,
    footer: { x: 0, y: rows + 1, width, height: 1 },
  };
}

/** Two areas side by side with an empty column between. */
function split(area: Area, leftColumns: number): [Area, Area] {
  const left = { ...area, width: leftColumns };
  return [left, { ...area, x: area.x + leftColumns + 1, width: area.width - leftColumns - 1 }];
}
