import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { createContext, runInContext } from "node:vm";
import type { Objects } from "../../shared/ports/objects.ts";
import { LambdaThrottled } from "./lambda/lambda-account.ts";
import type { LambdaFunction } from "./lambda/lambda-function.ts";

const edgeFunction = readFileSync(join(import.meta.dirname, "../../infra/constructs/edge/viewer-request.js"), "utf8");

/** Largest event that Lambda takes, in bytes: 6 MiB and 100. */
const maxEventBytes = 6_291_556;

/** An error of API Gateway's own, as the deployed API words it. */
interface GatewayResponse {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  /** With `$context.path` and `$context.requestId` to be filled in. */
  readonly template: string;
}

export interface EdgeGatewayOptions {
  readonly api: Pick<LambdaFunction, "stream">;
  /** What the distribution's other origin holds. */
  readonly images: Pick<Objects, "get">;
  /** As the deployed REST API has them. */
  readonly binaryMediaTypes: readonly string[];
  /** By their types, such as `THROTTLED`. @default API Gateway's own texts */
  readonly gatewayResponses?: { readonly [type: string]: GatewayResponse };
  /** Longest response: the integration's timeout. @default ten minutes */
  readonly integrationTimeoutMs?: number;
}

/**
 * What stands before the API function: CloudFront with its function and its two origins, and a REST API that passes
 * requests on as AWS does (bytes of binary media types in base64, all others as text; nothing above Lambda's limit),
 * streams the response, and words its own errors. A response that the function does not end itself is cut: the client's
 * connection is closed in the middle. Only as far as our requests see of it.
 */
export function createEdgeGateway(options: EdgeGatewayOptions): Server {
  return createServer((request, response) => {
    const { integrationTimeoutMs = 600_000 } = options;
    const timer = setTimeout(() => cutOrRefuse("INTEGRATION_TIMEOUT"), integrationTimeoutMs);
    // A client that goes takes the time limit with it, even where the function never ends its response.
    response.once("close", () => clearTimeout(timer));
    const cutOrRefuse = (type: string) => {
      if (response.headersSent) response.destroy();
      else refuse(request, response, type, options);
    };
    handle(request, response, options)
      .catch((error: unknown) => {
        // Lambda's 429 is a failed integration too: clients of a REST API are not told of it.
        cutOrRefuse("INTEGRATION_FAILURE");
        if (!(error instanceof LambdaThrottled)) process.stderr.write(`edge: ${String(error)}\n`);
      })
      .finally(() => clearTimeout(timer));
  });
}

/** API Gateway's own error: the response for its type, or that for all of its class. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  type: string,
  { gatewayResponses = {} }: EdgeGatewayOptions,
): void {
  const isClients = type === "REQUEST_TOO_LARGE";
  const found = gatewayResponses[type] ?? gatewayResponses[isClients ? "DEFAULT_4XX" : "DEFAULT_5XX"];
  if (found === undefined) {
    const status = isClients ? 413 : 500;
    response.writeHead(status, { "content-type": "application/json" }).end('{"message":"Internal server error"}');
    return;
  }
  const body = found.template
    .replace("$context.path", request.url ?? "/")
    .replace("$context.requestId", crypto.randomUUID());
  response.writeHead(found.status, found.headers).end(body);
}

async function handle(request: IncomingMessage, response: ServerResponse, options: EdgeGatewayOptions): Promise<void> {
  const { api, images, binaryMediaTypes } = options;
  const url = new URL(request.url ?? "/", "https://edge");
  if (url.pathname.startsWith("/o/")) {
    // Origin access control signs what the distribution asks of the bucket.
    const image = await images.get(url.pathname.slice(1));
    response.writeHead(image === undefined ? 403 : 200, image && { "content-type": image.contentType });
    response.end(image?.body);
    return;
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
  const viewer = viewerRequest(url.pathname, request.method ?? "GET", headers);
  if ("statusCode" in viewer) {
    response.writeHead(viewer.statusCode, valuesOf(viewer.headers)).end(viewer.body);
    return;
  }
  const body = await buffer(request);
  const isBinary = isBinaryType(headers["content-type"], binaryMediaTypes);
  const event = restApiEvent(request.method ?? "GET", url, valuesOf(viewer.headers), { body, isBinary });
  if (Buffer.byteLength(JSON.stringify(event)) > maxEventBytes) {
    return refuse(request, response, "REQUEST_TOO_LARGE", options);
  }
  await api.stream(event, (answer, isError) => relay(answer, isError, response));
}

/**
 * Whether API Gateway takes a body of this type for bytes. `image/*` counts for nothing here: that it stands for all
 * images is not written down.
 */
function isBinaryType(contentType: string | undefined, binaryMediaTypes: readonly string[]): boolean {
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "application/json";
  return binaryMediaTypes.includes("*/*") || binaryMediaTypes.includes(type);
}

type EdgeHeaders = { [name: string]: { value: string } };

function viewerRequest(
  uri: string,
  method: string,
  headers: { readonly [name: string]: string },
):
  | { readonly headers: EdgeHeaders }
  | { readonly statusCode: number; readonly headers: EdgeHeaders; readonly body: string } {
  const wrapped = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]));
  const event = JSON.stringify({ request: { uri, method, headers: wrapped, querystring: {}, cookies: {} } });
  const context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  return JSON.parse(runInContext(`${edgeFunction}\nJSON.stringify(handler(${event}))`, context) as string);
}

const valuesOf = (headers: EdgeHeaders) =>
  Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]));

/** The event of a REST API's proxy integration. */
function restApiEvent(
  method: string,
  url: URL,
  headers: { readonly [name: string]: string },
  { body, isBinary }: { readonly body: Buffer; readonly isBinary: boolean },
) {
  const query = [...new Set(url.searchParams.keys())];
  const all = { ...headers, "x-forwarded-proto": "http", host: "abc123.execute-api.us-east-1.amazonaws.com" };
  return {
    resource: "/{proxy+}",
    path: url.pathname,
    httpMethod: method,
    headers: all,
    multiValueHeaders: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
    queryStringParameters:
      query.length === 0 ? null : Object.fromEntries(query.map((name) => [name, url.searchParams.get(name)])),
    multiValueQueryStringParameters:
      query.length === 0 ? null : Object.fromEntries(query.map((name) => [name, url.searchParams.getAll(name)])),
    requestContext: {
      domainName: "abc123.execute-api.us-east-1.amazonaws.com",
      stage: "live",
      path: `/live${url.pathname}`,
    },
    // What is no UTF-8 is lost.
    body: body.length === 0 ? null : body.toString(isBinary ? "base64" : "utf8"),
    isBase64Encoded: isBinary && body.length > 0,
  };
}

const preludeEnd = Buffer.alloc(8);

/** Prelude to status and headers, the rest as it comes. */
async function relay(answer: IncomingMessage, isError: boolean, response: ServerResponse): Promise<void> {
  if (isError) throw new Error(`the API function failed: ${(await buffer(answer)).toString("utf8")}`);
  let prelude = Buffer.alloc(0);
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (response.headersSent) {
      response.write(chunk);
      continue;
    }
    prelude = Buffer.concat([prelude, chunk]);
    const end = prelude.indexOf(preludeEnd);
    if (end < 0) continue;
    const { statusCode, headers } = JSON.parse(prelude.subarray(0, end).toString("utf8")) as {
      readonly statusCode: number;
      readonly headers: { readonly [name: string]: string };
    };
    response.writeHead(statusCode, headers);
    response.write(prelude.subarray(end + preludeEnd.length));
  }
  response.end();
}
