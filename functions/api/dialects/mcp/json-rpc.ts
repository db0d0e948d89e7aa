import * as z from "zod";
import { ApiError } from "../../problems/api-error.ts";

const id = z.union([z.string().max(200), z.int()]);
const params = z.looseObject({}).optional();

const requestSchema = z.object({ jsonrpc: z.literal("2.0"), id, method: z.string().max(200), params });
const notificationSchema = z.object({ jsonrpc: z.literal("2.0"), method: z.string().max(200), params });
const responseSchema = z.looseObject({ jsonrpc: z.literal("2.0"), id });

export type JsonRpcRequest = z.infer<typeof requestSchema>;
type JsonRpcNotification = z.infer<typeof notificationSchema>;

/** JSON-RPC 2.0 §5.1. */
export const errorCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
} as const;

/** An error response in place of a result; it becomes an `error` object. */
export class JsonRpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * @returns the request, or the notification, which has no id; `undefined` for a response, which is not answered
 * @throws ApiError 400 `invalid_request`; MCP has had no batches since 2025-06-18
 */
export function parseMessage(body: unknown): JsonRpcRequest | JsonRpcNotification | undefined {
  const request = requestSchema.safeParse(body);
  if (request.success) return request.data;
  const hasId = typeof body === "object" && body !== null && "id" in body;
  const notification = hasId ? undefined : notificationSchema.safeParse(body);
  if (notification?.success) return notification.data;
  if (hasId && !("method" in body) && responseSchema.safeParse(body).success) return undefined;
  throw new ApiError(
    400,
    "invalid_request",
    "the body must be one JSON-RPC 2.0 message: jsonrpc, method, and id unless it is a notification",
  );
}

export function resultMessage(requestId: JsonRpcRequest["id"], result: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id: requestId, result });
}

/** @param requestId - `null` when it could not be read */
export function errorMessage(
  requestId: JsonRpcRequest["id"] | null,
  error: { readonly code: number; readonly message: string; readonly data?: unknown },
): string {
  return JSON.stringify({ jsonrpc: "2.0", id: requestId, error });
}

export function notificationMessage(method: string, notificationParams: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params: notificationParams });
}
