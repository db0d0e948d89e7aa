import * as z from "zod";
import { InvalidRequestError } from "../../shared/field-errors.ts";
import { errorHeaders, errorStatus, publicError } from "./error-status.ts";
import { chineseDetail, prefersChinese } from "./problem-zh.ts";

/** RFC 9457 problem details, the native API's form of every error. */
export const problemSchema = z
  .object({
    type: z.string().describe("`urn:z-image:problem:` and the code."),
    title: z.string(),
    status: z.int(),
    detail: z
      .string()
      .describe("What was expected, what came, what to do. Chinese on Accept-Language: zh for common codes."),
    instance: z.string().describe("The path asked for."),
    code: z.string().describe("Stable; made for programs."),
    param: z.string().optional().describe("The field that is wrong, dotted."),
    errors: z.array(z.object({ param: z.string(), code: z.string(), message: z.string() })),
    request_id: z.string(),
    retryable: z.boolean().describe("Whether the same request may succeed later."),
  })
  .meta({
    id: "Problem",
    examples: [
      {
        type: "urn:z-image:problem:invalid_size",
        title: "Bad Request",
        status: 400,
        detail: "width must be a multiple of 16, got 1000; try 992 or 1008",
        instance: "/v1/jobs",
        code: "invalid_size",
        param: "width",
        errors: [
          {
            param: "width",
            code: "invalid_size",
            message: "width must be a multiple of 16, got 1000; try 992 or 1008",
          },
        ],
        request_id: "req_01JD0000000000000000000000",
        retryable: false,
      },
    ],
  });

export type Problem = z.infer<typeof problemSchema>;

const titles: { readonly [status: number]: string } = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
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
  const errors =
    error instanceof InvalidRequestError ? error.errors : param === undefined ? [] : [{ param, code, message }];
  const chinese = prefersChinese(acceptLanguage) ? chineseDetail(code, param, message) : undefined;
  const problem: Problem = {
    type: `urn:z-image:problem:${code}`,
    title: problemTitle(status),
    status,
    detail: chinese ?? message,
    instance: path,
    code,
    ...(param !== undefined && { param }),
    errors: [...errors],
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
