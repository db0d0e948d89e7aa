import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { createContext, runInContext } from "node:vm";
import type { Objects } from "../../shared/ports/objects.ts";
import type { LambdaFunction } from "./lambda-function.ts";

const edgeFunction = readFileSync(join(import.meta.dirname, "../../infra/edge/viewer-request.js"), "utf8");

/**
 * What stands before the API function: CloudFront with its function and its two origins, and a REST API that passes
 * everything on and streams the answer. Only as far as our requests see of it.
 */
export function createEdgeGateway(api: LambdaFunction, images: Pick<Objects, "get">): Server {
  return createServer((request, response) => {
    handle(request, response, api, images).catch((error: unknown) => {
      process.stderr.write(`edge: ${String(error)}\n`);
      if (!response.headersSent) response.writeHead(502);
      response.end();
    });
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  api: LambdaFunction,
  images: Pick<Objects, "get">,
): Promise<void> {
  const url = new URL(request.url ?? "/", "https://edge");
  if (url.pathname.startsWith("/o/")) {
    // Origin access control signs what the distribution asks of the bucket.
    const picture = await images.get(url.pathname.slice(1));
    response.writeHead(picture === undefined ? 403 : 200, picture && { "content-type": picture.contentType });
    response.end(picture?.body);
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
  await api.stream(restApiEvent(request.method ?? "GET", url, valuesOf(viewer.headers), body), (answer, isError) =>
    relay(answer, isError, response),
  );
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
function restApiEvent(method: string, url: URL, headers: { readonly [name: string]: string }, body: Buffer) {
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
    body: body.length === 0 ? null : body.toString("base64"),
    isBase64Encoded: body.length > 0,
  };
}

const preludeEnd = Buffer.alloc(8);

/** Prelude to status and headers, the rest as it comes. */
async function relay(answer: IncomingMessage, isError: boolean, response: ServerResponse): Promise<void> {
  if (isError) {
    process.stderr.write(`the API function failed: ${(await buffer(answer)).toString("utf8")}\n`);
    response.writeHead(502).end();
    return;
  }
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
