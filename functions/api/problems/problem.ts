import { type ErrorValues, InvalidInputError, type PipelineError } from "../../../shared/errors.ts";
import { type FieldError, InvalidRequestError } from "../../../shared/request/field-errors.ts";
import { errorHeaders, errorStatus, publicError, wrongFields } from "./error-status.ts";
import { chineseDetail, prefersChinese } from "./problem-zh.ts";
import type { Problem } from "./service-responses.ts";

const titles: { readonly [status: number]: string } = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  410: "Gone",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  507: "Insufficient Storage",
};

export function problemTitle(status: number): string {
  return titles[status] ?? "Error";
}

export interface ErrorContext {
  readonly requestId: string;
  readonly path: string;
  readonly acceptLanguage: string | undefined;
}

export function problemResponse(cause: unknown, { requestId, path, acceptLanguage }: ErrorContext): Response {
  const error = publicError(cause);
  const status = errorStatus(cause);
  const { code, message, param, values, retryable } = error;
  const isChinese = prefersChinese(acceptLanguage);
  const chinese = isChinese ? inChinese(cause, error) : undefined;
  const problem: Problem = {
    type: `urn:z-image:problem:${code}`,
    title: problemTitle(status),
    status,
    detail: chinese ?? message,
    instance: path,
    code,
    param,
    values: presentValues(values),
    errors: wrongFields(error).map((field) => presentField(field, isChinese)),
    request_id: requestId,
    retryable,
  };
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "content-language": chinese === undefined ? "en" : "zh",
      vary: "Accept-Language",
      ...errorHeaders(cause),
    },
  });
}

function presentValues(values: ErrorValues = {}): Problem["values"] {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
  );
}

function presentField(field: FieldError, isChinese: boolean): Problem["errors"][number] {
  const { param, code, message, values } = field;
  return { param, code, message: (isChinese ? chineseOf(field) : undefined) ?? message, values: presentValues(values) };
}

const chineseOf = (field: FieldError): string | undefined => field.chinese ?? chineseDetail(field);

/** The sentence that an error brings itself, that of the first field that is wrong, or that of its code. */
function inChinese(cause: unknown, error: PipelineError): string | undefined {
  if (cause instanceof InvalidRequestError) {
    const first = chineseOf(cause.errors[0]);
    const more = cause.errors.length - 1;
    return first === undefined || more === 0 ? first : `${first}（另有 ${more} 处错误，见 errors）`;
  }
  return cause instanceof InvalidInputError && cause.chinese !== undefined ? cause.chinese : chineseDetail(error);
}
