/** Pictures by kitty's graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol). Pure but for zlib. */
import { deflateSync } from "node:zlib";
import type { DisplayFrame } from "../../devices/index.js";
import type { Area } from "../canvas.js";
import { scaleFrame } from "./scale.js";

const MOST_CHARACTERS = 4096;
/** One picture, in the same place, that each frame replaces; the terminal is to answer nothing. */
const PICTURE = "i=7,p=7,q=2";

/** The terminal scales it to the cells. */
export function drawKitty(frame: DisplayFrame, { width, height }: Area): string {
  const { samples } = scaleFrame(frame, frame.width, frame.height);
  const data = deflateSync(samples).toString("base64");
  const parts: string[] = [];
  for (let at = 0; at < data.length; at += MOST_CHARACTERS) {
    const more = at + MOST_CHARACTERS < data.length ? 1 : 0;
    const size = `a=T,f=24,o=z,s=${frame.width},v=${frame.height},c=${width},r=${height},C=1,${PICTURE},`;
    parts.push(`\x1b_G${at === 0 ? size : ""}m=${more};${data.slice(at, at + MOST_CHARACTERS)}\x1b\\`);
  }
  return parts.join("");
}

export const CLEAR_KITTY = "\x1b_Ga=d,d=I,i=7,q=2\x1b\\";
