import { describe, expect, it } from "vitest";
import { createCanvas, type Area } from "../../dist/tui/canvas.js";
import { arrange, LEAST_COLUMNS, LEAST_ROWS } from "../../dist/tui/layout.js";
import { createModel } from "../../dist/tui/model.js";
import { createPacer } from "../../dist/tui/pacer.js";
import { GROWN_PANES, PANES, SCREEN_PANES } from "../../dist/tui/panes.js";
import { paintPicture } from "../../dist/tui/picture.js";
import { createUiState, ZOOMS } from "../../dist/tui/state.js";
import { lanesIn } from "../../dist/tui/views/lanes.js";
import { bootProgram, bootTour } from "./fixture.js";

const SYSTEMS = [
  { cores: 1, partitions: 1, channels: 0, grown: null },
  { cores: 4, partitions: 6, channels: 9, grown: null },
  { cores: 16, partitions: 32, channels: 100, grown: null },
];

describe("the layout", () => {
  it("covers any terminal from 80 by 24 on, without overlaps", () => {
    for (const contents of SYSTEMS)
      for (const isConsoleFocused of [false, true])
        for (const width of [80, 81, 100, 133, 200, 400])
          for (let height = LEAST_ROWS; height <= 100; height++) {
            const layout = arrange(width, height, { ...contents, isConsoleFocused });
            if (layout === null) throw new Error(`no layout for ${width} by ${height}`);
            const taken = new Uint8Array(width * height);
            const { lanes, partitions, consoles } = layout.panes;
            const areas: Area[] = [layout.header, ...Object.values(layout.panes), layout.footer];
            for (const area of areas) {
              expect(area.x).toBeGreaterThanOrEqual(0);
              expect(area.x + area.width).toBeLessThanOrEqual(width);
              expect(area.y + area.height).toBeLessThanOrEqual(height);
              for (let y = area.y; y < area.y + area.height; y++)
                for (let x = area.x; x < area.x + area.width; x++) taken[y * width + x]++;
            }
            expect(Math.max(...taken)).toBe(1);
            expect(Object.keys(layout.panes)).toHaveLength(isConsoleFocused ? 4 : 5);
            expect(consoles?.height).toBeGreaterThanOrEqual(4);
            expect(partitions?.height).toBeGreaterThanOrEqual(5);
            const { laneCount, laneRows } = lanesIn(lanes!, contents.cores);
            expect(lanes?.height).toBe(1 + laneCount * laneRows);
          }
  });

  it("gives one pane all rows between header and footer, when asked", () => {
    for (const contents of SYSTEMS)
      for (const grown of GROWN_PANES)
        for (const [width, height] of [
          [80, 24],
          [240, 70],
        ]) {
          const layout = arrange(width, height, { ...contents, isConsoleFocused: false, grown });
          if (layout === null) throw new Error("no layout");
          const { header, panes, footer } = layout;
          expect([header.y, footer.y]).toEqual([0, height - 1]);
          expect(Object.keys(panes)).toEqual(grown);
          for (const { height: rows } of Object.values(panes)) expect(rows).toBe(height - 2);
          if (panes.lanes !== undefined) expect(lanesIn(panes.lanes, contents.cores).laneCount).toBe(contents.cores);
        }
  });

  it("lets every pane grow", () => {
    expect([...GROWN_PANES.flat(), ...SCREEN_PANES].toSorted()).toEqual(Object.keys(PANES).toSorted());
  });

  it("gives up below", () => {
    expect(arrange(LEAST_COLUMNS - 1, LEAST_ROWS, { ...SYSTEMS[0], isConsoleFocused: false })).toBeNull();
    expect(arrange(LEAST_COLUMNS, LEAST_ROWS - 1, { ...SYSTEMS[0], isConsoleFocused: false })).toBeNull();
  });
});

describe("the picture", () => {
  it.each([
    ["the tour", bootTour],
    ["one program", () => bootProgram("hello")],
  ])("of %s has one character of one column in every cell, whatever the size and the choices", (_, boot) => {
    const session = boot();
    let host = 0;
    const pacer = createPacer(session, { untilCycles: Infinity, speed: Infinity, clock: () => performance.now() });
    const state = createUiState(session.plan, true);
    const model = createModel(session, pacer, ZOOMS[state.zoom]);
    for (const [width, height] of [
      [1, 1],
      [79, 24],
      [80, 24],
      [97, 31],
      [240, 80],
    ])
      for (const overlay of ["none", "help", "details"] as const)
        for (const isConsoleFocused of [false, true]) {
          session.run({ until: session.now() + 60_000 });
          Object.assign(state, {
            overlay,
            isConsoleFocused,
            selected: (state.selected + 1) % session.plan.partitions.length,
          });
          model.refresh((host += 40));
          const canvas = createCanvas(width, height);
          paintPicture(canvas, model, state);
          expect(canvas.characters).toHaveLength(width * height);
          for (const character of canvas.characters) expect(character).toMatch(/^[^\p{Control}]$/u);
        }
  });
});
