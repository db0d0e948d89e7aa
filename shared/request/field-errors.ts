import type * as z from "zod";
// By their names: through `z.core` a bundle would hold all of it, 330 kB with its sentences in fifty languages.
import { $ZodAsyncError, config, util } from "zod/v4/core";
import { type ErrorValues, InvalidInputError } from "../errors.ts";
import { shorten } from "./explain/describe-value.ts";
import { explainIssue } from "./explain/explain-issue.ts";

export interface FieldError {
  /** Dotted path of the field, for example `output.format`; `body` for the whole request body. */
  readonly param: string;
  readonly code: string;
  readonly message: string;
  /** The numbers and names in the message. @default none */
  readonly values?: ErrorValues;
  /** The message in Chinese. @default the sentence of the code, around the English message */
  readonly chinese?: string;
}

/**
 * A request with one or more fields that cannot be accepted. `code`, `param` and the message are those of the first.
 */
export class InvalidRequestError extends InvalidInputError {
  readonly errors: readonly [FieldError, ...FieldError[]];

  constructor(errors: readonly [FieldError, ...FieldError[]]) {
    const [{ code, message, param, values }] = errors;
    const more = errors.length - 1;
    super(code, more === 0 ? message : `${message} (and ${more} more in errors)`, { param, values });
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
  const context = { async: false, reportInput: true };
  const result = schema._zod.run({ value, issues: [] }, context);
  if (result instanceof Promise) throw new $ZodAsyncError();
  if (result.issues.length === 0) return result.value as z.output<Schema>;
  // One per field: of a number too big for any integer, and so for its own limit, the limit is the better answer and
  // comes later.
  const errors = new Map<string, FieldError>();
  // Each is finished when it is looked at: a body may have 20,000 of them, which `safeParse` takes 150 ms to finish.
  for (const unfinished of result.issues) {
    const issue = util.finalizeIssue(unfinished, context, config());
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
      return (
        explainUnknown(name) ?? {
          param: name,
          code: "unknown_field",
          message: `unknown field ${name}`,
          chinese: `未知字段 ${name}`,
        }
      );
    });
  }
  const { en, zh, values } = explainIssue(issue, root);
  const name = shorten(param);
  return [{ param: name, code: "invalid_value", message: `${name} ${en}`, values, chinese: `${name} ${zh}` }];
}
