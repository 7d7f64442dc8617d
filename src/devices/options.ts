/**
 * Options of devices: what a table [device.NAME] may say, as rows of data. The description's reader turns what is
 * written into plain values in base units (bytes, cycles), which plans and images carry, and devices are made with.
 *
 * A key that several kinds of devices have means the same in each.
 */

interface OptionRow<Default> {
  /** What a description leaves out; null where leaving it out says something by itself. */
  readonly default: Default | null;
  /** A full sentence, for documents. */
  readonly meaning: string;
}

/** A whole number. */
export interface WholeOption extends OptionRow<number> {
  readonly type: "whole";
  readonly least: number;
  readonly most: number;
}

/** Bytes; written as "64 KiB". */
export interface SizeOption extends OptionRow<number> {
  readonly type: "size";
  readonly least: number;
  readonly most: number;
  readonly multiple: number;
}

/** Cycles; written as "10 ms". The default is in seconds, and rounded to cycles. */
export interface TimeOption extends OptionRow<number> {
  readonly type: "time";
}

/** One of some words. */
export interface WordOption extends OptionRow<string> {
  readonly type: "word";
  readonly words: readonly string[];
}

/** The path of a file of the host. */
export interface PathOption extends OptionRow<string> {
  readonly type: "path";
}

export interface FlagOption extends OptionRow<boolean> {
  readonly type: "flag";
}

export type DeviceOption = WholeOption | SizeOption | TimeOption | WordOption | PathOption | FlagOption;
export type DeviceOptions = Readonly<Record<string, DeviceOption>>;

/** Null: left out, and without a default. */
export type OptionValue = number | string | boolean | null;
export type OptionValues = Readonly<Record<string, OptionValue>>;

type ValueOf<Option extends DeviceOption> =
  | (Option extends FlagOption ? boolean : Option extends WordOption | PathOption ? string : number)
  | (Option["default"] extends null ? null : never);

/** What a device is made with, by the rows of its options. */
export type ValuesOf<Options extends DeviceOptions> = { readonly [Key in keyof Options]: ValueOf<Options[Key]> };

/** The longest path. */
const MAX_PATH_CHARACTERS = 1024;

/** What stands for an option that a description leaves out, in base units. */
export function defaultValue(option: DeviceOption, frequencyHz: number): OptionValue {
  if (option.type !== "time" || option.default === null) return option.default;
  return Math.max(1, Math.round(option.default * frequencyHz));
}

/** Completes "it must be". */
export function describeOption(option: DeviceOption): string {
  switch (option.type) {
    case "whole":
      return `a whole number from ${option.least} to ${option.most}`;
    case "size":
      return `a size in quotes, such as "64 KiB"`;
    case "time":
      return `a time in quotes, such as "10 ms" or "5000 cycles"`;
    case "word":
      return option.words.map((word) => `"${word}"`).join(" or ");
    case "path":
      return `the path of a file, in quotes, such as "disk.img"`;
    case "flag":
      return "true or false";
  }
}

/** Whether a value in base units may stand for an option. */
export function isOptionValue(option: DeviceOption, value: OptionValue): boolean {
  if (value === null) return option.default === null;
  switch (option.type) {
    case "whole":
      return Number.isInteger(value) && Number(value) >= option.least && Number(value) <= option.most;
    case "size":
      return (
        Number.isInteger(value) &&
        Number(value) >= option.least &&
        Number(value) <= option.most &&
        Number(value) % option.multiple === 0
      );
    case "time":
      return Number.isSafeInteger(value) && Number(value) > 0;
    case "word":
      return option.words.includes(String(value));
    case "path":
      return typeof value === "string" && value !== "" && value.length <= MAX_PATH_CHARACTERS && !value.includes("\0");
    case "flag":
      return typeof value === "boolean";
  }
}
