import { InvalidInputError } from "../../../shared/errors.ts";
import { type Bilingual, type ProblemCode, problemMessages } from "./problem-messages.ts";

/** What is wrong with a file, a row or a plan: a code for programs, and a sentence in each language for people. */
export interface CatalogueProblem {
  readonly code: ProblemCode;
  /** Line of the file, from 1, where the row begins. */
  readonly line?: number;
  /** Header of the column. */
  readonly column?: string;
  /** What came, shortened. */
  readonly value?: string;
  readonly message: Bilingual;
}

/** A notice about several rows of the file. */
export interface CatalogueWarning {
  readonly code: ProblemCode;
  readonly count: number;
  /** The first twenty. */
  readonly lines: readonly number[];
  readonly message: Bilingual;
}

/** Values for the places of a message. `value` is shown in quotes and shortened; numbers get their commas. */
export interface ProblemValues {
  readonly line?: number;
  readonly column?: string;
  readonly value?: string;
  readonly [name: string]: string | number | Bilingual | undefined;
}

/** A catalogue that is refused as a whole, or a plan that cannot be carried out. */
export class CatalogueError extends InvalidInputError {
  readonly problem: CatalogueProblem;

  constructor(code: ProblemCode, values: ProblemValues = {}, options: { param?: string; cause?: unknown } = {}) {
    const problem = catalogueProblem(code, values);
    super(code, problem.message.en, options);
    this.problem = problem;
    this.chinese = problem.message.zh;
  }
}

const maxValueCharacters = 80;

export function catalogueProblem(code: ProblemCode, values: ProblemValues = {}): CatalogueProblem {
  const { line, column } = values;
  const value = values.value === undefined ? undefined : shortened(values.value);
  const message = messageOf(code, { ...values, value });
  return { code, line, column, value, message };
}

export function messageOf(code: ProblemCode, values: ProblemValues): Bilingual {
  let parts = messageParts.get(code);
  if (parts === undefined) {
    const { en, zh } = problemMessages[code];
    messageParts.set(code, (parts = { en: partsOf(en), zh: partsOf(zh) }));
  }
  return { en: filled(parts.en, values, "en"), zh: filled(parts.zh, values, "zh") };
}

/** A message between its places: texts at even indexes, names of places at odd ones. */
type MessageParts = readonly string[];

/** Cut once for each code: a file may have half a million rows with the same problem. */
const messageParts = new Map<ProblemCode, { readonly en: MessageParts; readonly zh: MessageParts }>();

function partsOf(template: string): MessageParts {
  return template.split(/\{(\w+)\}/);
}

function filled(parts: MessageParts, values: ProblemValues, language: keyof Bilingual): string {
  let text = parts[0]!;
  for (let index = 1; index < parts.length; index += 2) {
    const name = parts[index]!;
    text += placed(name, Object.hasOwn(values, name) ? values[name] : undefined, language) + parts[index + 1]!;
  }
  return text;
}

function placed(name: string, value: ProblemValues[string], language: keyof Bilingual): string {
  if (value === undefined) return `{${name}}`;
  if (typeof value === "number") return name === "line" || name === "first" ? String(value) : commas(value);
  return typeof value === "string" ? value : value[language];
}

function commas(value: number): string {
  return value.toLocaleString("en-US");
}

/** A text of the caller's as one short line: control characters are shown by their number. */
export function shortened(text: string, limit = maxValueCharacters): string {
  const cut =
    text.length > limit
      ? `${text
          .slice(0, limit)
          .toWellFormed()
          .replace(/\uFFFD$/, "")}…`
      : text.toWellFormed();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
