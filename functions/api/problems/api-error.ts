import { type ErrorValues, PipelineError } from "../../../shared/errors.ts";

/** A refusal that only exists over HTTP: its status and headers are part of it. */
export class ApiError extends PipelineError {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };

  constructor(
    status: number,
    code: string,
    message: string,
    {
      headers = {},
      ...options
    }: {
      headers?: { [name: string]: string };
      retryable?: boolean;
      param?: string;
      values?: ErrorValues;
      cause?: unknown;
    } = {},
  ) {
    super(code, message, options);
    this.status = status;
    this.headers = headers;
  }
}
