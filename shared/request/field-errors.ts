import type * as z from "zod";
import { InvalidInputError } from "../errors.ts";

export interface FieldError {
  /** Dotted path of the field, for example `output.format`; `body` for the whole request body. */
  readonly param: string;
  readonly code: string;
  readonly message: string;
}

/**
 * A request with one or more fields that cannot be accepted. `code`, `param` and the message are those of the first.
 */
export class InvalidRequestError extends InvalidInputError {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly [FieldError, ...FieldError[]]) {
    const [{ code, message, param }] = errors;
    const more = errors.length - 1;
    super(code, more === 0 ? message : `${message} (and ${more} more in errors)`, { param });
    this.errors = errors;
  }
}

/** A response names this many fields and no more: a body may have thousands that are wrong. */
const maxErrors = 20;

/** Error for a field name that a schema does not know; `undefined` leaves the default error. */
export type ExplainUnknown = (param: string) => FieldError | undefined;

/**
 * Check `value` against `schema`, and say in our own words what is wrong with it: what was expected, what came.
 * @throws InvalidRequestError
 */
export function parseFields<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  explainUnknown: ExplainUnknown = () => undefined,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  // One per field: of a number too big for any integer, and so for its own limit, the limit is the better answer and
  // comes later.
  const errors = new Map<string, FieldError>();
  for (const issue of result.error.issues) {
    for (const error of fieldErrors(issue, value, explainUnknown)) {
      if (errors.size < maxErrors || errors.has(error.param)) errors.set(error.param, error);
    }
    if (errors.size === maxErrors) break;
  }
  throw new InvalidRequestError([...errors.values()] as [FieldError, ...FieldError[]]);
}

function fieldErrors(issue: z.core.$ZodIssue, root: unknown, explainUnknown: ExplainUnknown): FieldError[] {
  const param = issue.path.length === 0 ? "body" : issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, maxErrors).map((key) => {
      const name = shorten([...issue.path, key].join("."));
      return explainUnknown(name) ?? { param: name, code: "unknown_field", message: `unknown field ${name}` };
    });
  }
  return [{ param: shorten(param), code: "invalid_value", message: `${shorten(param)} ${explain(issue, root)}` }];
}

function explain(issue: z.core.$ZodIssue, root: unknown): string {
  const got = `got ${describeValue(issue.path.length === 0 ? root : issue.input)}`;
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined && issue.path.length > 0) return "is required";
      return `must be ${withArticle(issue.expected)}, ${got}`;
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}, ${got}`;
    case "too_small":
      return (
        `must ${size(issue.origin, issue.minimum, issue.inclusive === false ? "above" : "at least")}, ` +
        `${gotSize(issue.origin, issue.input, got)}`
      );
    case "too_big":
      return `must ${size(issue.origin, issue.maximum, "at most")}, ${gotSize(issue.origin, issue.input, got)}`;
    case "invalid_key":
      return `has a name that ${issue.issues[0] ? explain(issue.issues[0], root) : "is not allowed"}`;
    case "custom":
      return `${issue.message}, ${got}`;
    default:
      // A pattern's own message says what the pattern stands for.
      return `${issue.message}, ${got}`;
  }
}

function size(origin: string, bound: number | bigint, word: string): string {
  if (origin === "string") return `have ${word} ${bound} character${bound === 1 ? "" : "s"}`;
  if (origin === "array" || origin === "set") return `have ${word} ${bound} entr${bound === 1 ? "y" : "ies"}`;
  return `be ${word} ${bound}`;
}

function gotSize(origin: string, input: unknown, got: string): string {
  if (origin === "string" && typeof input === "string") return `got ${input.length}`;
  if (origin === "array" && Array.isArray(input)) return `got ${input.length}`;
  return got;
}

const typeNames: { readonly [expected: string]: string } = {
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  array: "a list",
  boolean: "true or false",
  string: "text",
};

function withArticle(expected: string): string {
  return typeNames[expected] ?? expected;
}

/** A short, safe rendering of what came. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "string") return shorten(JSON.stringify(value));
  return String(value);
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
