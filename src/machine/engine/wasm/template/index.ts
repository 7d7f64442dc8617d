/**
 * The quick way to translate: an instruction's WebAssembly is copied from a template of its form, which is derived once
 * from the one meaning, by the same code that makes all other WebAssembly.
 */
export { TemplateBody } from "./template-body.js";
export { createTemplateBook, type TemplateBook } from "./template-book.js";
export { planByTemplates, type TemplatePlan } from "./template-plan.js";
