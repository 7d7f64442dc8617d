/** A row per channel: how full its ring is, and how much goes through. */
import { partitionColour } from "../../host/colours.js";
import { isBetweenPartitions, nameEnds, ownerName, reaches, type ChannelPlan } from "../../kernel/index.js";
import { paintTitle, type Area, type Attribute, type Canvas } from "../canvas.js";
import type { Model } from "../model.js";
import { KERNEL_COLOUR, LOOKS, partitionLook } from "../palette.js";
import type { UiState } from "../state.js";
import { paintBar } from "./partitions.js";

const LEAST_BAR_COLUMNS = 3;
const MOST_BAR_COLUMNS = 12;
const FILL_COLUMNS = 7;
const RATE_COLUMNS = 6;
const BELL_COLUMNS = 7;

export function paintChannels(canvas: Canvas, area: Area, model: Model, { selected }: UiState): void {
  const queues = model.plan.channels.filter(isBetweenPartitions);
  const rows = Math.max(0, area.height - 2);
  const isSelecteds = (channel: ChannelPlan): boolean => reaches(channel, selected);
  // Where not all fit, those of the selected partition come first.
  const shown =
    queues.length <= rows ? queues : [...queues.filter(isSelecteds), ...queues.filter((row) => !isSelecteds(row))];
  const hidden = queues.length - rows;
  const below = paintTitle(canvas, area, "Channels", hidden > 0 ? `${hidden} more` : "", LOOKS);
  if (queues.length === 0) {
    canvas.text(area.x, below.y, "none", LOOKS.dim);
    return;
  }
  const place = placeColumns(area, model, queues);
  const right = (end: number, y: number, text: string, look: Attribute): void => {
    canvas.text(end - text.length, y, text, look);
  };
  canvas.text(area.x, below.y, "name", LOOKS.dim);
  right(place.fillEnd, below.y, "fill", LOOKS.dim);
  right(place.rateEnd, below.y, "msg/s", LOOKS.dim);
  if (place.bellsEnd > 0) right(place.bellsEnd, below.y, "rings", LOOKS.dim);
  shown.slice(0, rows).forEach((channel, index) => {
    const y = below.y + 1 + index;
    const { fill, messagesPerSecond } = model.sample.channels[channel.id];
    canvas.text(area.x, y, channel.name, isSelecteds(channel) ? LOOKS.strong : LOOKS.dim, place.nameColumns);
    if (place.endsColumns > 0) paintEnds(canvas, area.x + place.nameColumns + 1, y, place.endsColumns, model, channel);
    if (fill === null || model.sample.view.channels[channel.id].quarantined) {
      right(place.fillEnd, y, fill === null ? "broken" : "quarantined", LOOKS.bad);
    } else {
      paintBar(canvas, place.barAt, y, place.barColumns, fill / channel.slots, producerColour(channel));
      right(place.fillEnd, y, `${fill}/${channel.slots}`, fill === channel.slots ? LOOKS.warn : LOOKS.dim);
    }
    right(place.rateEnd, y, rate(messagesPerSecond), messagesPerSecond > 0 ? LOOKS.strong : LOOKS.dim);
    if (place.bellsEnd > 0) right(place.bellsEnd, y, count(model.doorbells.sent[channel.id]), LOOKS.dim);
  });
}

interface ChannelColumns {
  readonly nameColumns: number;
  /** "from→to"; 0 where there is no room. */
  readonly endsColumns: number;
  readonly barAt: number;
  readonly barColumns: number;
  readonly fillEnd: number;
  readonly rateEnd: number;
  /** 0 where there is no room. */
  readonly bellsEnd: number;
}

/** From the least that is needed: name, bar, fill, rate; then doorbells, ends, a longer bar, as room allows. */
function placeColumns(area: Area, { plan }: Model, queues: readonly ChannelPlan[]): ChannelColumns {
  const longest = Math.max(...queues.map(({ name }) => name.length));
  const longestEnds = Math.max(...queues.map((channel) => nameEnds(plan, channel, "→").length));
  let spare = area.width - longest - 1 - LEAST_BAR_COLUMNS - FILL_COLUMNS - RATE_COLUMNS;
  const hasBells = spare >= BELL_COLUMNS;
  if (hasBells) spare -= BELL_COLUMNS;
  const endsColumns = spare > longestEnds ? longestEnds + 1 : 0;
  spare -= endsColumns;
  const barColumns = LEAST_BAR_COLUMNS + Math.max(0, Math.min(spare, MOST_BAR_COLUMNS - LEAST_BAR_COLUMNS));
  const end = area.x + area.width;
  const rateEnd = hasBells ? end - BELL_COLUMNS : end;
  const fillEnd = rateEnd - RATE_COLUMNS;
  const barAt = fillEnd - FILL_COLUMNS - barColumns;
  return {
    nameColumns: Math.min(longest, barAt - area.x - 1 - endsColumns),
    endsColumns,
    barAt,
    barColumns,
    fillEnd,
    rateEnd,
    bellsEnd: hasBells ? end : 0,
  };
}

/** The colour of the end that fills the channel. */
function producerColour({ ends }: ChannelPlan): number {
  const producer = ends.find(({ role }) => role === "producer")?.owner;
  return producer?.kind === "partition" ? partitionColour(producer.partition) : KERNEL_COLOUR;
}

function paintEnds(
  canvas: Canvas,
  x: number,
  y: number,
  columns: number,
  { plan }: Model,
  { ends }: ChannelPlan,
): void {
  const end = x + columns;
  let at = x;
  ends.forEach(({ owner, role }, index) => {
    const separator = ends[index - 1]?.role === role ? ", " : "→";
    if (index > 0) at = canvas.text(at, y, separator, LOOKS.dim, end - at);
    const look = owner.kind === "partition" ? partitionLook(owner.partition) : LOOKS.dim;
    at = canvas.text(at, y, ownerName(plan, owner), look, end - at);
  });
}

function rate(perSecond: number): string {
  if (perSecond === 0) return "-";
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)}M`;
  if (perSecond >= 1e4) return `${(perSecond / 1e3).toFixed(0)}k`;
  return perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}

function count(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  return value >= 1e5 ? `${(value / 1e3).toFixed(0)}k` : String(value);
}
