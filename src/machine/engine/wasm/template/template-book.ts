/**
 * The templates that were made so far: by form, and within it by what tells the form's templates apart. Each is made
 * when it is first asked for.
 */
import type { Instruction, MemoryOperand } from "../../../isa/instruction.js";
import type { Row } from "../../../isa/index.js";
import { MOST_OPERANDS } from "../../ssa/index.js";
import { ARITHMETIC_FLAGS, isTranslated, type Planner } from "../plan/index.js";
import {
  deriveAddress,
  deriveCondition,
  deriveFlag,
  type Deriver,
  deriveTemplate,
  type FormFacts,
  studyForm,
} from "./derive.js";
import { placesOf, shapeOf, shapeOfAddress, valuesOf } from "./form.js";
import type { FunctionBuilder } from "../emit/index.js";
import type { Template } from "./template.js";
import { TemplateWriter } from "./template-writer.js";

/** Instructions that share their templates. */
export interface Form extends FormFacts {
  readonly isShared: boolean;
  /** By the recipe that comes in, the places of registers and whether flags are kept. */
  readonly templates: Map<number, Template>;
  /** Where immediates are looked at: forms by their values. */
  readonly byValues: Map<number, Form | Formless>;
}

/** Why an instruction has no form: it is the reference engine's; or it is translated, but not by templates. */
export type Formless = "untranslated" | "whole";

export interface TemplateBook {
  formOf(instruction: Instruction, isShared: boolean): Form | Formless;
  /** `incoming`: recipe that the instruction before left; 0 where flags are in their locals. */
  templateOf(form: Form, instruction: Instruction, incoming: number, keepsFlags: boolean): Template;
  addressOf(form: Form, operand: MemoryOperand): Template;
  conditionOf(incoming: number, code: number): Template;
  /** The flag of ARITHMETIC_FLAGS with that number. */
  flagOf(incoming: number, flag: number): Template;
  /** What copies them into a function. */
  writerFor(builder: FunctionBuilder): TemplateWriter;
  /** Forgets all, and with that the recipes that they name. */
  clear(): void;
  /** How many there are. */
  readonly size: number;
}

/** More than all that `placesOf` gives. */
const PLACES = 2 ** 24;
const CONDITIONS = 16;

export function createTemplateBook({ emitter, recipes, forms: known }: Planner, aheadBase: number): TemplateBook {
  const deriver: Deriver = { emitter, recipes, aheadBase };
  const forms = new Map<Row, Map<number, Form | Formless>>();
  const addresses = new Map<number, Template>();
  const conditions = new Map<number, Template>();
  const flags = new Map<number, Template>();
  let writer: TemplateWriter | null = null;
  let size = 0;

  function made(templates: Map<number, Template>, key: number, template: Template): Template {
    templates.set(key, template);
    size++;
    return template;
  }

  function study(instruction: Instruction, isShared: boolean): Form | Formless {
    if (!isTranslated(instruction, emitter, known)) return "untranslated";
    if (instruction.operands.length > MOST_OPERANDS) return "whole";
    const facts = studyForm(deriver, instruction);
    return facts === null ? "whole" : { ...facts, isShared, templates: new Map(), byValues: new Map() };
  }

  /** The form of those instructions that have the same values in operands whose values matter. */
  function formByValues(form: Form, instruction: Instruction): Form | Formless {
    const values = valuesOf(instruction, form.lookedAt);
    if (values < 0) return "whole";
    const { byValues, isShared } = form;
    let own = byValues.get(values);
    /* mutant first-value-is-for-all:
       byValues.set(values, (own ??= [...byValues.values()][0] ?? study(instruction, isShared))); */
    if (own === undefined) byValues.set(values, (own = study(instruction, isShared)));
    return own;
  }

  return {
    formOf(instruction, isShared) {
      // A repetition has none, whatever else it is.
      if (instruction.repeat !== "none") return isTranslated(instruction, emitter, known) ? "whole" : "untranslated";
      let byShape = forms.get(instruction.row);
      if (byShape === undefined) forms.set(instruction.row, (byShape = new Map()));
      const shape = shapeOf(instruction, isShared);
      let form = byShape.get(shape);
      if (form === undefined) byShape.set(shape, (form = study(instruction, isShared)));
      return typeof form === "object" && form.lookedAt !== 0 ? formByValues(form, instruction) : form;
    },
    templateOf(form, instruction, incoming, keepsFlags) {
      const { templates, isShared } = form;
      const places = placesOf(instruction.operands, form.named);
      const keeps = keepsFlags && form.writes !== 0;
      // mutant template-forgets-its-recipe: const recipe = 0;
      const recipe = form.readsFlags || (keeps && form.keepsOldFlags) ? incoming : 0;
      const key = (recipe * PLACES + places) * 2 + (keeps ? 1 : 0);
      const known = templates.get(key);
      if (known !== undefined) return known;
      const variant = { places, incoming: recipe, keepsFlags: keeps, isShared };
      return made(templates, key, deriveTemplate(deriver, instruction, form, variant));
    },
    addressOf(form, operand) {
      const part = form.address ?? "linear";
      const key = shapeOfAddress(operand) * 2 + (part === "linear" ? 1 : 0);
      return addresses.get(key) ?? made(addresses, key, deriveAddress(deriver, operand, part));
    },
    conditionOf(incoming, code) {
      const key = incoming * CONDITIONS + code;
      return conditions.get(key) ?? made(conditions, key, deriveCondition(deriver, incoming, code));
    },
    flagOf(incoming, flag) {
      const key = incoming * ARITHMETIC_FLAGS.length + flag;
      return flags.get(key) ?? made(flags, key, deriveFlag(deriver, incoming, ARITHMETIC_FLAGS[flag]));
    },
    writerFor(builder) {
      writer ??= new TemplateWriter(builder);
      writer.builder = builder;
      return writer;
    },
    clear() {
      forms.clear();
      for (const each of [addresses, conditions, flags]) each.clear();
      size = 0;
    },
    get size() {
      return size;
    },
  };
}
