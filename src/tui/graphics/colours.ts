/** Colours of pixels among those that a terminal has. Pure. */

/** Levels of a channel in xterm's colour cube. */
const CUBE_LEVELS = [0, 95, 135, 175, 215, 255] as const;
const FIRST_CUBE = 16;
const FIRST_GREY = 232;
const GREYS = 24;

/** xterm's first sixteen, which themes change. */
const SIXTEEN: readonly (readonly [red: number, green: number, blue: number])[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

/** Of dark to bright ground. */
const SHADES = " .:-=+*#%@";

/** Index of the nearest level of the cube. */
export function cubeLevel(value: number): number {
  return value < 48 ? 0 : value < 115 ? 1 : Math.floor((value - 35) / 40);
}

function distance(red: number, green: number, blue: number, other: readonly [number, number, number]): number {
  return (red - other[0]) ** 2 + (green - other[1]) ** 2 + (blue - other[2]) ** 2;
}

/** The nearest of the cube and the greys. */
export function nearestOf256(red: number, green: number, blue: number): number {
  const [r, g, b] = [cubeLevel(red), cubeLevel(green), cubeLevel(blue)];
  const cube = distance(red, green, blue, [CUBE_LEVELS[r], CUBE_LEVELS[g], CUBE_LEVELS[b]]);
  const grey = Math.max(0, Math.min(GREYS - 1, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const level = 8 + 10 * grey;
  return distance(red, green, blue, [level, level, level]) < cube ? FIRST_GREY + grey : FIRST_CUBE + 36 * r + 6 * g + b;
}

export function nearestOf16(red: number, green: number, blue: number): number {
  let nearest = 0;
  for (let colour = 1; colour < SIXTEEN.length; colour++)
    if (distance(red, green, blue, SIXTEEN[colour]) < distance(red, green, blue, SIXTEEN[nearest])) nearest = colour;
  return nearest;
}

/** A character whose ink stands for brightness (ITU-R BT.709). */
export function shadeOf(red: number, green: number, blue: number): string {
  const brightness = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 256;
  return SHADES[Math.floor(brightness * SHADES.length)];
}
