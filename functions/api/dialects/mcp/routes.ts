import { type Context, Hono } from "hono";
import { PipelineError } from "../../../../shared/errors.ts";
import type { Job, JobEvent } from "../../../../shared/job.ts";
import { stepsPerImage } from "../../../../shared/request/drawing-passes.ts";
import { assertScope } from "../../access/authenticate.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { requestOrigin } from "../../http/request-links.ts";
import { eventStreamHeaders, ping } from "../../http/server-sent-event.ts";
import { streamBody, type WriteText, withHeartbeat } from "../../http/stream-body.ts";
import { ApiError } from "../../problems/api-error.ts";
import { type CallId, cancelCall, noteCall } from "./canceled-calls.ts";
import {
  errorCodes,
  errorMessage,
  JsonRpcError,
  type JsonRpcRequest,
  notificationMessage,
  parseMessage,
  resultMessage,
} from "./json-rpc.ts";
import type { ToolCall } from "./tool.ts";
import { errorResult } from "./tool-result.ts";
import { callTool, describeTools } from "./tools.ts";

/** Newest first. Versions before these had another transport. */
const protocolVersions = ["2025-11-25", "2025-06-18", "2025-03-26"] as const;

/**
 * `/mcp`: the Model Context Protocol over its streamable HTTP transport, so that agents can make images. Stateless:
 * the server keeps no sessions and sends nothing of its own accord, so GET and DELETE are 405. Tool
 * calls are answered by an event stream, which carries progress and keeps the connection alive while the image is
 * drawn.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
 */
export function mcpRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate } = dependencies;
  return new Hono<ApiEnv>()
    .post("/mcp", authenticate("jobs:read"), bodyLimit(), async (c) => {
      assertOrigin(c, dependencies);
      assertVersion(c);
      const request = parseMessage(await readJsonBody(c.req.raw));
      if (request === undefined || !("id" in request)) {
        if (request?.method === "notifications/cancelled") await cancel(c, request.params?.requestId, dependencies);
        return c.body(null, 202);
      }
      // Nothing is kept of a session: its id tells the requests of one client from those of another with the same key.
      if (request.method === "initialize") c.header("Mcp-Session-Id", dependencies.newId());
      if (request.method === "tools/call" && acceptsEvents(c)) return streamToolCall(c, request, dependencies);
      const response = await respondTo(
        request,
        c,
        { write: async () => {}, heartbeat: async () => {} },
        c.req.raw.signal,
        dependencies,
      );
      return c.body(response, 200, { "Content-Type": "application/json" });
    })
    .on(["GET", "DELETE"], "/mcp", () => {
      throw new ApiError(
        405,
        "method_not_allowed",
        "this server keeps no sessions and sends nothing of its own accord; POST messages",
        {
          headers: { allow: "POST" },
        },
      );
    });
}

/**
 * The call of a client's own request id; `undefined` where the client has no session to tell its ids from another's.
 */
function callId(c: Context<ApiEnv>, requestId: unknown): CallId | undefined {
  const session = c.req.header("mcp-session-id") ?? "";
  const isId = typeof requestId === "number" || (typeof requestId === "string" && requestId.length <= 200);
  if (!isId || !/^[\w-]{1,100}$/.test(session)) return undefined;
  return { accountId: c.get("identity").accountId, session, requestId };
}

async function cancel(c: Context<ApiEnv>, requestId: unknown, dependencies: RouteDependencies): Promise<void> {
  const call = callId(c, requestId);
  if (call === undefined) return;
  assertScope(c.get("identity"), "jobs:write");
  await cancelCall(call, dependencies);
}

function streamToolCall(c: Context<ApiEnv>, request: JsonRpcRequest, dependencies: RouteDependencies): Response {
  const body = streamBody(
    async (writeText, signal) => {
      const stream = withHeartbeat(writeText, ping, dependencies.clock);
      const write: WriteText = (message) => stream.write(`event: message\ndata: ${message}\n\n`);
      await write(await respondTo(request, c, { write, heartbeat: stream.heartbeat }, signal, dependencies));
    },
    (error) =>
      dependencies.log("warn", "tool response cut off", { requestId: c.get("requestId"), error: String(error) }),
  );
  return c.body(body, 200, eventStreamHeaders);
}

interface MessageStream {
  /** Sends a notification on the way. */
  readonly write: WriteText;
  readonly heartbeat: () => Promise<void>;
}

/** The response message, whatever happens. */
async function respondTo(
  { id, method, params = {} }: JsonRpcRequest,
  c: Context<ApiEnv>,
  stream: MessageStream,
  signal: AbortSignal,
  dependencies: RouteDependencies,
): Promise<string> {
  try {
    switch (method) {
      case "initialize":
        return resultMessage(id, initializeResult(params.protocolVersion));
      case "ping":
        return resultMessage(id, {});
      case "tools/list":
        return resultMessage(id, { tools: await describeTools() });
      case "tools/call":
        return resultMessage(id, await toolResult({ id, params }, c, stream, signal, dependencies));
      default:
        throw new JsonRpcError(errorCodes.methodNotFound, `there is no method ${method.slice(0, 60)}`);
    }
  } catch (error) {
    if (error instanceof JsonRpcError) return errorMessage(id, { code: error.code, message: error.message });
    const requestId = c.get("requestId");
    dependencies.log("error", "request failed", {
      requestId,
      path: "/mcp",
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return errorMessage(id, {
      code: errorCodes.internalError,
      message: "something went wrong on our side; try again",
      data: { request_id: requestId },
    });
  }
}

function initializeResult(wanted: unknown) {
  return {
    // A client that knows none of ours hangs up.
    protocolVersion: protocolVersions.find((version) => version === wanted) ?? protocolVersions[0],
    capabilities: { tools: {} },
    serverInfo: { name: "z-image", title: "Z-Image", version: "1.0.0" },
    instructions:
      "generate makes images from words, edit from an image. A cold server may need minutes: go on with " +
      "job_status until the status is succeeded, failed, canceled or expired. Links need no key and live for a " +
      "day.",
  };
}

async function toolResult(
  { id, params }: { readonly id: JsonRpcRequest["id"]; readonly params: { [name: string]: unknown } },
  c: Context<ApiEnv>,
  { write, heartbeat }: MessageStream,
  signal: AbortSignal,
  dependencies: RouteDependencies,
) {
  const progressToken = (params._meta as { readonly progressToken?: unknown } | undefined)?.progressToken;
  const onEvent = async (event: JobEvent | undefined, job: Job) => {
    const progress = event && stepsDone(event, job);
    if (progressToken === undefined || progress === undefined) return heartbeat();
    await write(notificationMessage("notifications/progress", { progressToken, ...progress }));
  };
  const noted = callId(c, id);
  const onJob = async (jobId: string) => {
    // Their images are stored by now, and the call may wait for long.
    params.arguments = undefined;
    call.arguments = undefined;
    if (noted !== undefined) await noteCall(noted, jobId, dependencies);
  };
  const steps = progressToken !== undefined;
  const call: ToolCall = { c, arguments: params.arguments ?? {}, onEvent, steps, onJob, signal };
  try {
    return await callTool(params.name, call, dependencies);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return errorResult(error, c.get("requestId"));
  }
}

/** Steps done and steps in total, over all images of the job. */
function stepsDone({ type, data }: JobEvent, { params }: Job): { progress: number; total: number } | undefined {
  if (type !== "step") return undefined;
  const steps = stepsPerImage(params);
  return { progress: Number(data.image) * steps + Number(data.step), total: params.n * steps };
}

function acceptsEvents(c: Context): boolean {
  return /text\/event-stream|\*\/\*/i.test(c.req.header("accept") ?? "*/*");
}

/**
 * A page of another site, made to look like ours by its name server, has no business here (DNS rebinding); those of
 * `CORS_ORIGINS` have.
 */
function assertOrigin(c: Context, dependencies: RouteDependencies): void {
  const origin = c.req.header("origin");
  const { corsOrigins = [] } = dependencies;
  if (origin === undefined || origin === requestOrigin(c, dependencies)) return;
  if (corsOrigins.includes("*") || corsOrigins.includes(origin)) return;
  throw new ApiError(403, "origin_not_allowed", `pages of ${origin.slice(0, 100)} may not call this server`);
}

/** Sent with every request after `initialize`; clients of 2025-03-26 send none. */
function assertVersion(c: Context): void {
  const version = c.req.header("mcp-protocol-version");
  if (version === undefined || protocolVersions.some((known) => known === version)) return;
  const message = `MCP-Protocol-Version must be one of ${protocolVersions.join(", ")}, got ${version.slice(0, 30)}`;
  throw new ApiError(400, "unsupported_protocol_version", message, { param: "MCP-Protocol-Version" });
}
