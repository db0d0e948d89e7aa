import { type WarningCode, warningTexts } from "./warning-texts.ts";

/** Words in both languages, such as the name of a thing. */
interface TwoWords {
  readonly en: string;
  readonly zh: string;
}

export interface WarningValues {
  readonly [name: string]: string | number | readonly TwoWords[];
}

/** Something that works, and probably not as the caller meant. */
export interface Warning {
  /** One of `warningTexts`, or that of another release. */
  readonly code: string;
  /** In English. */
  readonly message: string;
  /** The field that it is about, as a dotted path. @default none */
  readonly param?: string;
  /** What its sentence is filled with. */
  readonly values: WarningValues;
  /** Number of the image that it is about, where a job has several. @default all of them */
  readonly image?: number;
}

export type Language = "en" | "zh";

export function makeWarning(code: WarningCode, values: WarningValues = {}, param?: string): Warning {
  const warning = { code, values, ...(param !== undefined && { param }) };
  return { ...warning, message: sentence(warningTexts[code].en, values, "en") };
}

/** The same warning, about one image of several. */
export function ofImage(warning: Warning, image: number): Warning {
  return { ...warning, image, message: `image ${image}: ${warning.message}` };
}

/** The warning with `rename` applied to every text in it. */
export function renamed(warning: Warning, rename: (text: string) => string): Warning {
  const values = Object.entries(warning.values).map(([name, value]) => {
    return [name, typeof value === "string" ? rename(value) : value] as const;
  });
  return { ...warning, message: rename(warning.message), values: Object.fromEntries(values) };
}

/** Its sentence; in English where a warning of another release has no Chinese one here. */
export function warningText({ code, message, values, image }: Warning, language: Language): string {
  if (language === "en" || !Object.hasOwn(warningTexts, code)) return message;
  const text = sentence(warningTexts[code as WarningCode].zh, values, "zh");
  return image === undefined ? text : `第 ${image} 张图片：${text}`;
}

function sentence(template: string, values: WarningValues, language: Language): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name]! : whole;
    if (!Array.isArray(value)) return String(value);
    return value.map((words: TwoWords) => words[language]).join(language === "zh" ? "、" : ", ");
  });
}

/** The English sentences alone, as other APIs have them. */
export function warningMessages(warnings: readonly Warning[]): string[] {
  return warnings.map(({ message }) => message);
}

/** A warning about a request in another service's form, in a sentence that names the field. */
export function foreignWarning(text: string): Warning {
  return makeWarning("foreign_field", { text });
}

/** Versions before kept sentences: those are read as warnings without a code of their own. */
export function storedWarnings(stored: readonly (Warning | string)[]): Warning[] {
  return stored.map((one) => (typeof one === "string" ? { code: "unspecified", message: one, values: {} } : one));
}
