export interface ErrorValues {
  readonly [name: string]: string | number | boolean | readonly (string | number)[];
}

interface PipelineErrorOptions {
  readonly retryable?: boolean;
  readonly param?: string;
  readonly values?: ErrorValues;
  readonly cause?: unknown;
}

/**
 * The one family of expected failures. `code` is the public contract (stable, documented), `retryable` decides between
 * trying again and giving up, `param` names the request field. Everything else that is thrown is a bug and stops the
 * process.
 */
export class PipelineError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly param?: string;
  /** The numbers and names in the message, for programs and other languages. */
  readonly values?: ErrorValues;

  constructor(code: string, message: string, { retryable = false, param, values, cause }: PipelineErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
    if (param !== undefined) this.param = param;
    if (values !== undefined) this.values = values;
  }
}

/** The caller sent something that cannot be done; the message names the field, the value and the remedy. */
export class InvalidInputError extends PipelineError {
  /** The message in Chinese, of an error that brings its own. */
  chinese?: string;
}

/**
 * A file (checkpoint, safetensors, tokenizer, config) is damaged or not what it claims; the message names file and
 * tensor.
 */
export class InvalidFileError extends PipelineError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super("invalid_file", message, options);
  }
}

/** The requested id does not exist (or is not the caller's). */
export class NotFoundError extends PipelineError {}

/** The state of the thing does not allow what was asked. */
export class ConflictError extends PipelineError {}

/** The account may not or cannot spend what this costs. */
export class SpendError extends PipelineError {}

/** More than is allowed at once: the same request may succeed later. */
export class LimitError extends PipelineError {
  /** When, as far as we know, in whole seconds from now. */
  readonly retryAfterS: number;

  constructor(code: string, message: string, retryAfterS: number, values: ErrorValues = {}) {
    super(code, message, { retryable: true, values: { ...values, retry_after_s: retryAfterS } });
    this.retryAfterS = retryAfterS;
  }
}

/** The caller stopped the work. */
export class CanceledError extends PipelineError {
  constructor(message = "canceled by the caller") {
    super("canceled", message);
  }
}
