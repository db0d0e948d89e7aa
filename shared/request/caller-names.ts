import { InvalidInputError, NotFoundError } from "../errors.ts";
import { type FieldError, InvalidRequestError } from "./field-errors.ts";

/** The caller's name of a native field, such as `image_url` for `image`; `undefined` where it has no other. */
export type CallerName = (param: string) => string | undefined;

/** The error with the field under the name that the caller used. */
export function inCallerName({ param, message, chinese, ...others }: FieldError, nameOf: CallerName): FieldError {
  const named = nameOf(param) ?? param;
  const inOwnName = (text: string) => (text.startsWith(param) ? named + text.slice(param.length) : text);
  const renamed = inOwnName(message);
  // One field that does not go without another names both.
  const both = renamed.replace(/ needs (\w+),/, (text, other: string) => text.replace(other, nameOf(other) ?? other));
  return { ...others, param: named, message: both, ...(chinese !== undefined && { chinese: inOwnName(chinese) }) };
}

/** What the caller can do something about, with the fields under the caller's names; every other error as it is. */
export function withCallerNames(error: unknown, nameOf: CallerName): unknown {
  if (error instanceof InvalidRequestError) {
    const [first, ...rest] = error.errors.map((each) => inCallerName(each, nameOf));
    return new InvalidRequestError([first!, ...rest]);
  }
  if (!(error instanceof InvalidInputError || error instanceof NotFoundError) || error.param === undefined)
    return error;
  const { param, message } = inCallerName({ param: error.param, code: error.code, message: error.message }, nameOf);
  const Kind = error instanceof NotFoundError ? NotFoundError : InvalidInputError;
  return new Kind(error.code, message, { param, retryable: error.retryable, values: error.values, cause: error });
}
