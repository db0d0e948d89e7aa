import { describeValue, type FieldError, InvalidRequestError } from "../../../shared/request/field-errors.ts";
import { isPassedField } from "../../../shared/request/image-request.ts";
import {
  explainUnknownField,
  type ImageRequestContext,
  type ImageSubmission,
  parseImageRequest,
} from "../../../shared/request/parse-image-request.ts";

/** Members of the native body (`shared/request/image-request.ts`), not yet validated. */
export type NativeFields = { readonly [field: string]: unknown };

/**
 * Mapping of a foreign API's field: the name of the native field that takes its value as it is, `accepted` for one that
 * has no effect here, or native fields made from its value (`undefined` when the value is none of those it may have).
 */
type FieldRule =
  | string
  | typeof accepted
  | {
      /** The native field whose errors are reported under the foreign name. */
      readonly native: string;
      readonly make: (value: unknown) => NativeFields | undefined;
      /** Expected value, as the text after "must be". */
      readonly expected: string;
    };

export type FieldRules = { readonly [field: string]: FieldRule };

/** Part of the foreign API, without effect on the images. */
export const accepted = Symbol("accepted, without effect");

export interface ForeignRequest {
  /** The object that holds the fields. */
  readonly fields: unknown;
  readonly rules: FieldRules;
  /** Where the fields are in the body, for errors: `input.` and the like. */
  readonly path?: string;
  /** Native fields that do not come from `fields`. */
  readonly native?: NativeFields;
  /** The foreign API's names for these fields, where they differ. */
  readonly names?: { readonly [nativeField: string]: string };
}

/**
 * Translate a foreign request and validate it as ours, so that every capability and limit is decided in one place.
 * `null` counts as absent.
 * @throws InvalidRequestError in the foreign API's own field names
 */
export function parseForeignRequest(
  { fields, rules, path = "", native = {}, names = {} }: ForeignRequest,
  context: ImageRequestContext,
): ImageSubmission {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    const param = path === "" ? "body" : path.replace(/\.$/, "");
    const message = `${param} must be an object, got ${describeValue(fields)}`;
    throw new InvalidRequestError([{ param, code: "invalid_value", message }]);
  }
  let body: NativeFields = native;
  /** Native field to the foreign one that is the same by another name. */
  const origins = new Map(Object.entries(names));
  /** Native field to the foreign one of which it is a part. */
  const wholes = new Map<string, string>();
  const errors: FieldError[] = [];
  for (const [field, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    const param = `${path}${field}`;
    const rule = Object.hasOwn(rules, field) ? rules[field]! : extensionRule(field, rules, native);
    if (rule === accepted) continue;
    if (rule === undefined) errors.push(unknownField(field, param));
    else if (typeof rule === "string") {
      body = { ...body, [rule]: value };
      origins.set(rule, param);
    } else {
      const made = rule.make(value);
      if (made === undefined) {
        const message = `${param} must be ${rule.expected}, got ${describeValue(value)}`;
        errors.push({ param, code: "invalid_value", message });
      } else body = merged(body, made);
      origins.set(rule.native, param);
      for (const part of Object.keys(made ?? {})) wholes.set(part, param);
    }
  }
  const [first, ...rest] = errors;
  if (first !== undefined) throw new InvalidRequestError([first, ...rest]);
  try {
    return parseImageRequest(body, context);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    const [head, ...tail] = error.errors.map((found) => inForeignNames(found, { origins, wholes, rules, path }));
    throw new InvalidRequestError([head!, ...tail]);
  }
}

/** A field that only the pipeline reads is taken under its native name where the foreign API has no word for it. */
function extensionRule(field: string, rules: FieldRules, native: NativeFields): string | undefined {
  const isSaidOtherwise = field in native || Object.values(rules).includes(field);
  return isPassedField(field) && !isSaidOtherwise ? field : undefined;
}

/** Two fields may make parts of one native object, `output` above all. */
function merged(body: NativeFields, made: NativeFields): NativeFields {
  const next: { [field: string]: unknown } = { ...body };
  for (const [field, value] of Object.entries(made)) {
    const before = next[field];
    next[field] =
      typeof before === "object" && before !== null && !Array.isArray(before) && typeof value === "object"
        ? { ...before, ...value }
        : value;
  }
  return next;
}

function unknownField(field: string, param: string): FieldError {
  const known = explainUnknownField(field);
  // A hint at a native name would send the client to a field that this API does not have.
  if (known?.code === "unsupported_capability") {
    const message = `${param} is not supported by this model; GET /v1/models lists what it can do`;
    return { param, code: known.code, message };
  }
  return { param, code: "unknown_field", message: `unknown field ${param}` };
}

interface ForeignNames {
  readonly origins: ReadonlyMap<string, string>;
  readonly wholes: ReadonlyMap<string, string>;
  readonly rules: FieldRules;
  readonly path: string;
}

function inForeignNames(
  { param, code, message }: FieldError,
  { origins, wholes, rules, path }: ForeignNames,
): FieldError {
  const named =
    origins.get(param) ??
    (param.includes(".") ? origins.get(param.split(".")[0]!) : undefined) ??
    // A required field that did not come has no origin: the first that would have made it.
    Object.entries(rules).flatMap(([field, rule]) => (rule === param ? [`${path}${field}`] : []))[0];
  // The message goes on naming the part, such as the width of a size.
  if (named === undefined) return { param: wholes.get(param) ?? param, code, message };
  return { param: named, code, message: message.startsWith(param) ? named + message.slice(param.length) : message };
}
