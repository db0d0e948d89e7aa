import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { Context, MiddlewareHandler } from "hono";
import type { ApiEnv } from "../dependencies.ts";

interface Connection {
  readonly name: string;
  /** Requests so far. */
  requests: number;
  isOpen: boolean;
}

/** Also of connections that have ended; the oldest are forgotten. */
const maxRemembered = 20_000;
const remembered = new Map<string, Connection>();
const bySocket = new WeakMap<object, Connection>();

/** What a proxy adds: then the connection is the proxy's own, and may carry several clients. */
const proxyHeaders = ["forwarded", "via", "x-forwarded-for"];

/** Counts the requests of each connection that a client itself has to this process, and names the place of each. */
export const clientConnection: MiddlewareHandler<ApiEnv> = async (c, next) => {
  c.set("connection", placeOf(c));
  await next();
};

/**
 * Whether what was answered at this place has shown itself to have arrived: its connection stands, or carried another request afterwards. A
 * lost answer ends its connection.
 * @param place - of an earlier request: `ApiEnv`'s `connection`
 */
export function hasArrived(place: string): boolean {
  const [name = "", request] = place.split("#");
  const connection = remembered.get(name);
  return connection !== undefined && (connection.isOpen || connection.requests > Number(request));
}

function placeOf(c: Context): string | undefined {
  const { incoming } = (c.env ?? {}) as { readonly incoming?: { readonly socket?: EventEmitter } };
  const socket = incoming?.socket;
  if (socket === undefined || proxyHeaders.some((name) => c.req.header(name) !== undefined)) return undefined;
  const connection = bySocket.get(socket) ?? remember(socket);
  connection.requests++;
  return `${connection.name}#${connection.requests}`;
}

function remember(socket: EventEmitter): Connection {
  const connection = { name: randomUUID(), requests: 0, isOpen: true };
  bySocket.set(socket, connection);
  remembered.set(connection.name, connection);
  socket.once("close", () => {
    connection.isOpen = false;
  });
  if (remembered.size > maxRemembered) remembered.delete(remembered.keys().next().value!);
  return connection;
}
