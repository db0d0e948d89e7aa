import { type CallerName, inCallerName } from "../../../shared/request/caller-names.ts";
import { describeValue } from "../../../shared/request/explain/describe-value.ts";
import { type FieldError, InvalidRequestError } from "../../../shared/request/field-errors.ts";
import {
  explainUnknownField,
  type ImageRequestContext,
  type ImageSubmission,
  parseImageRequest,
} from "../../../shared/request/parse-image-request.ts";
import { isPassedField } from "../../../shared/request/passed-fields.ts";
import { foreignWarning } from "../../../shared/warnings/warning.ts";

/** Members of the native body (`shared/request/image-request.ts`), not yet validated. */
export type NativeFields = { readonly [field: string]: unknown };

/**
 * Mapping of a foreign API's field: the name of the native field that takes its value as it is, `accepted` for one that
 * means nothing here, or one of the rules below.
 */
type FieldRule = string | typeof accepted | MadeField | IgnoredField | MissingFeature;

/** Native fields are made from the value. */
interface MadeField {
  /** The native field whose errors are reported under the foreign name. */
  readonly native: string;
  /** @returns `undefined` when the value is none of those it may have */
  readonly make: (value: unknown) => NativeFields | undefined;
  /** Expected value, as the text after "must be". */
  readonly expected: string;
  /** What part of it is not done, for a warning; `undefined` when all of it is. */
  readonly warn?: (value: unknown) => string | undefined;
  /**
   * Foreign field of a part of the native one, without `path`: `0.id` of `loras` may be `loras.0.path`.
   * @default the foreign field itself
   */
  readonly partName?: (part: string) => string;
}

/** Accepted with a warning, because the images are the same without it. */
interface IgnoredField {
  /** Why it has no effect, as the text after "has no effect: ". */
  readonly ignored: string;
  /** Values that ask for what happens anyway, and have no warning. */
  readonly unless?: readonly unknown[];
}

/** Refused under its own name, because the images or the price would be others than the caller expects. */
interface MissingFeature {
  /** What is missing, as the text after the field's name. */
  readonly missing: string;
  /** Values that do not ask for it. */
  readonly unless: readonly unknown[];
}

export type FieldRules = { readonly [field: string]: FieldRule };

/** Part of the foreign API, with nothing to say about it. */
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
export function parseForeignRequest(request: ForeignRequest, context: ImageRequestContext): ImageSubmission {
  const { fields, path = "" } = request;
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    const param = path === "" ? "body" : path.replace(/\.$/, "");
    const message = `${param} must be an object, got ${describeValue(fields)}`;
    throw new InvalidRequestError([{ param, code: "invalid_value", message }]);
  }
  const translated = new Translation(request);
  for (const [field, value] of Object.entries(fields)) {
    if (value !== null && value !== undefined) translated.take(field, value);
  }
  const [first, ...rest] = translated.errors;
  if (first !== undefined) throw new InvalidRequestError([first, ...rest]);
  const callerName: CallerName = (param) => translated.nameOf(param);
  try {
    const submission = parseImageRequest(translated.body, context);
    return {
      ...submission,
      warnings: [...translated.warnings.map(foreignWarning), ...submission.warnings],
      callerName,
    };
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    const [head, ...tail] = error.errors.map((found) => translated.inForeignNames(found));
    throw new InvalidRequestError([head!, ...tail]);
  }
}

/**
 * The native body of a foreign request, as it is put together field by field, and where each of its fields came from.
 */
class Translation {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  body: NativeFields;
  readonly #rules: FieldRules;
  readonly #path: string;
  readonly #native: NativeFields;
  /** Native field to the foreign one that is the same by another name. */
  readonly #origins: Map<string, string>;
  /** Native field to the foreign one of which it is a part. */
  readonly #wholes = new Map<string, string>();
  /** Native field to the foreign names of its parts. */
  readonly #parts = new Map<string, (part: string) => string>();

  constructor({ rules, path = "", native = {}, names = {} }: ForeignRequest) {
    this.#rules = rules;
    this.#path = path;
    this.#native = native;
    this.body = native;
    this.#origins = new Map(Object.entries(names));
  }

  take(field: string, value: unknown): void {
    const param = `${this.#path}${field}`;
    const rule = Object.hasOwn(this.#rules, field) ? this.#rules[field]! : this.#extensionRule(field);
    if (rule === accepted) return;
    if (rule === undefined) this.errors.push(unknownField(field, param));
    else if (typeof rule === "string") {
      this.body = { ...this.body, [rule]: value };
      this.#origins.set(rule, param);
    } else if ("ignored" in rule) {
      if (!rule.unless?.includes(value)) this.warnings.push(`${param} has no effect: ${rule.ignored}`);
    } else if ("missing" in rule) {
      if (rule.unless.includes(value)) return;
      this.errors.push({ param, code: "unsupported_capability", message: `${param} ${rule.missing}` });
    } else this.#make(rule, param, value);
  }

  #make({ native, make, expected, warn, partName }: MadeField, param: string, value: unknown): void {
    const made = make(value);
    if (made === undefined) {
      const message = `${param} must be ${expected}, got ${describeValue(value)}`;
      this.errors.push({ param, code: "invalid_value", message });
    } else this.body = merged(this.body, made);
    const warning = warn?.(value);
    if (warning !== undefined) this.warnings.push(`${param} ${warning}`);
    this.#origins.set(native, param);
    if (partName) this.#parts.set(native, partName);
    for (const part of Object.keys(made ?? {})) this.#wholes.set(part, param);
  }

  /** A field that only the pipeline reads is taken under its native name where the foreign API has no word for it. */
  #extensionRule(field: string): string | undefined {
    const isSaidOtherwise = field in this.#native || Object.values(this.#rules).includes(field);
    return isPassedField(field) && !isSaidOtherwise ? field : undefined;
  }

  nameOf(param: string): string | undefined {
    const [whole = "", ...parts] = param.split(".");
    const partName = parts.length === 0 ? undefined : this.#parts.get(whole);
    if (partName) return `${this.#path}${partName(parts.join("."))}`;
    return (
      this.#origins.get(param) ??
      this.#origins.get(whole) ??
      // A required field that did not come has no origin: the first that would have made it.
      this.#firstThatMakes(param)
    );
  }

  #firstThatMakes(param: string): string | undefined {
    const isIts = (rule: FieldRule) =>
      rule === param || (typeof rule === "object" && "native" in rule && rule.native === param);
    const found = Object.entries(this.#rules).find(([, rule]) => isIts(rule));
    return found && `${this.#path}${found[0]}`;
  }

  inForeignNames(error: FieldError): FieldError {
    const named = inCallerName(error, (param) => this.nameOf(param));
    // The message goes on naming the part, such as the width of a size.
    return this.nameOf(error.param) === undefined
      ? { ...named, param: this.#wholes.get(error.param) ?? named.param }
      : named;
  }
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
