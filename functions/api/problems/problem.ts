import { InvalidInputError } from "../../../shared/errors.ts";
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
  const { code, message, param, retryable } = error;
  const inChinese = () => translation(cause) ?? chineseDetail(code, param, message);
  const chinese = prefersChinese(acceptLanguage) ? inChinese() : undefined;
  const problem: Problem = {
    type: `urn:z-image:problem:${code}`,
    title: problemTitle(status),
    status,
    detail: chinese ?? message,
    instance: path,
    code,
    param,
    errors: [...wrongFields(error)],
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

/** The Chinese sentence that an error brings itself, as those about catalogue files do. */
function translation(error: unknown): string | undefined {
  return error instanceof InvalidInputError ? error.chinese : undefined;
}
