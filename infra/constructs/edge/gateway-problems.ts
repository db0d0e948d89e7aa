import * as apigateway from "aws-cdk-lib/aws-apigateway";

interface GatewayProblem {
  readonly type: apigateway.ResponseType;
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
  readonly retryAfterS?: number;
}

const busy = { retryable: true, retryAfterS: 5 };
const refused = { status: 403, title: "Forbidden", code: "permission_denied", retryable: false };
const { ResponseType } = apigateway;

/**
 * What API Gateway answers itself, before or in place of the function. The first two lines cover all that is not named.
 */
const problems: readonly GatewayProblem[] = [
  {
    type: ResponseType.DEFAULT_4XX,
    status: 400,
    title: "Bad Request",
    code: "bad_request",
    retryable: false,
    detail: "the request was refused before it reached the API",
  },
  {
    type: ResponseType.DEFAULT_5XX,
    status: 503,
    title: "Service Unavailable",
    code: "service_busy",
    ...busy,
    detail: "the API did not respond; try again",
  },
  ...[ResponseType.THROTTLED, ResponseType.QUOTA_EXCEEDED].map((type) => ({
    type,
    status: 429,
    title: "Too Many Requests",
    code: "rate_limited",
    ...busy,
    detail: "too many requests to this deployment at once; try again after the seconds in Retry-After",
  })),
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    title: "Content Too Large",
    code: "payload_too_large",
    retryable: false,
    detail: "the body is too large: JSON may have 6 MB, a file or form 4.5 MB; send larger files in parts",
  },
  ...[
    ResponseType.ACCESS_DENIED,
    ResponseType.INVALID_API_KEY,
    ResponseType.MISSING_AUTHENTICATION_TOKEN,
    ResponseType.WAF_FILTERED,
  ].map((type) => ({
    type,
    ...refused,
    detail:
      "this address serves the distribution alone, and a firewall may stand before it; use the service's own address",
  })),
  ...[ResponseType.INTEGRATION_TIMEOUT, ResponseType.INTEGRATION_FAILURE].map((type) => ({
    type,
    status: 504,
    title: "Gateway Timeout",
    code: "timeout",
    ...busy,
    detail: "the API did not respond in time; a request with an Idempotency-Key may be sent again without harm",
  })),
];

/**
 * API Gateway's own errors in the form of the API's (`application/problem+json`), with `Retry-After` where trying again
 * helps. The values in quotes are API Gateway's syntax for constants; its template has no engine, only `$context`.
 */
export function addGatewayProblems(api: apigateway.RestApi): void {
  for (const { type, status, title, code, detail, retryable, retryAfterS } of problems) {
    const body = { type: `urn:z-image:problem:${code}`, title, status, detail, code, errors: [], retryable };
    api.addGatewayResponse(`Problem${type.responseType}`, {
      type,
      statusCode: String(status),
      responseHeaders: {
        "Content-Type": "'application/problem+json'",
        "Cache-Control": "'no-store'",
        ...(retryAfterS !== undefined && { "Retry-After": `'${retryAfterS}'` }),
      },
      templates: {
        "application/json": JSON.stringify({ ...body, instance: "$context.path", request_id: "$context.requestId" }),
      },
    });
  }
}
