/**
 * A block as templates: which for each instruction, with what comes in as flags, and which flags somebody may want.
 *
 *   add rax, rbx      flags that nobody sees: the next instruction writes all of them, and can't leave the block
 *   cmp rax, [rdi]    leaves a recipe
 *   jl …              the condition for that recipe
 */
import type { FlagName } from "../../../isa/index.js";
import type { Instruction } from "../../../isa/instruction.js";
import type { Block } from "../../code/block.js";
import { ALL_FLAGS, type BlockEnd, type BlockPlan, FLAG_SETS, prefixOf } from "../plan/index.js";
import type { Template } from "./template.js";
import type { Form, TemplateBook } from "./template-book.js";

/** One instruction of a block. */
export interface Piece {
  readonly instruction: Instruction;
  readonly form: Form;
  readonly template: Template;
  /** What makes its memory operand's address, and its condition; null where it has none. */
  readonly address: Template | null;
  readonly condition: Template | null;
}

export interface TemplatePlan extends BlockPlan {
  readonly form: "templates";
  readonly pieces: readonly Piece[];
  /** The recipe that the block leaves; 0 where flags are as they came. */
  readonly recipe: number;
}

const IS_CANONICAL_BELOW = 1n << 47n;

/**
 * Null where it can't be planned so: as a whole block it may be. `unfit` is told of the instruction that stands against
 * it.
 */
export function planByTemplates(
  book: TemplateBook,
  start: bigint,
  block: Block,
  unfit: (instruction: Instruction) => void,
): TemplatePlan | null {
  const { entries } = block;
  const forms: Form[] = [];
  let behind = start;
  for (const { instruction, refusal, lengthBytes, isShared, cycles } of entries) {
    if (instruction === null || refusal !== null) break;
    const form = book.formOf(instruction, isShared);
    if (form === "untranslated") break;
    if (form === "whole" || cycles < 1) {
      unfit(instruction);
      return null;
    }
    forms.push(form);
    behind = BigInt.asUintN(64, behind + lengthBytes);
  }
  const count = forms.length;
  if (count === 0) return null;
  const isWhole = count === entries.length;
  const end = endOf(forms[count - 1], entries[count - 1].instruction as Instruction, behind);
  if (end === null) return null;
  const made = makePieces(book, block, forms);
  return {
    form: "templates",
    rip: start,
    block,
    first: 0,
    start,
    count,
    isWhole,
    prefix: prefixOf(entries),
    end,
    behind,
    isFused: false,
    ...made,
  };
}

/** Null where it leads to an address that is none. */
function endOf({ end }: Form, instruction: Instruction, behind: bigint): BlockEnd | null {
  if (end === "next") return { kind: "next", target: behind };
  if (end === "computed") return { kind: "jump", target: null };
  const relative = instruction.operands.find(({ kind }) => kind === "relative");
  if (relative?.kind !== "relative") throw new TypeError("a branch without a target");
  const target = behind + relative.displacement;
  if (target < 0n || target >= IS_CANONICAL_BELOW) return null;
  return end === "jump" ? { kind: "jump", target } : { kind: "branch", target, next: behind };
}

/** By instruction, whether somebody may want flags that it leaves. */
function wantedFlags(forms: readonly Form[]): boolean[] {
  const wanted = forms.map(() => true);
  let isWanted = true;
  for (let i = forms.length - 1; i >= 0; i--) {
    wanted[i] = isWanted;
    const { mayLeave, readsFlags, condition, writes, keepsOldFlags } = forms[i];
    /* mutant flags-of-exits-are-not-kept:
       isWanted = readsFlags || condition >= 0 || (isWanted && !(writes === ALL_FLAGS && !keepsOldFlags)); */
    if (mayLeave || readsFlags || condition >= 0) isWanted = true;
    else if (writes === ALL_FLAGS && !keepsOldFlags) isWanted = false;
  }
  return wanted;
}

function makePieces(
  book: TemplateBook,
  { entries }: Block,
  forms: readonly Form[],
): Pick<TemplatePlan, "pieces" | "recipe" | "recipes" | "needs" | "endFlags"> {
  const wanted = wantedFlags(forms);
  const pieces: Piece[] = [];
  const recipes: number[] = [];
  let recipe = 0;
  let needs = 0;
  let changed = 0;
  for (let i = 0; i < forms.length; i++) {
    const form = forms[i];
    const instruction = entries[i].instruction as Instruction;
    const template = book.templateOf(form, instruction, recipe, wanted[i]);
    const condition = form.condition >= 0 ? book.conditionOf(recipe, form.condition) : null;
    needs |= template.needs | (condition?.needs ?? 0);
    pieces.push({ instruction, form, template, address: addressOf(book, form, instruction), condition });
    changed |= form.writes;
    if (template.recipe === 0) continue;
    recipe = template.recipe;
    recipes.push(recipe);
  }
  return { pieces, recipe, recipes, needs: FLAG_SETS[needs], endFlags: FLAG_SETS[changed] as ReadonlySet<FlagName> };
}

function addressOf(book: TemplateBook, form: Form, { operands }: Instruction): Template | null {
  if (form.address === null) return null;
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i];
    if (operand.kind === "memory") return book.addressOf(form, operand);
  }
  return null;
}
