import { randomUUID } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { Context } from "hono";

const names = new WeakMap<object, string>();
const open = new Set<string>();

/** What a proxy adds: then the connection is the proxy's own, and may carry several clients. */
const proxyHeaders = ["forwarded", "via", "x-forwarded-for"];

/** A name for the connection that the client itself has to this process; `undefined` where something in between has it, as in Lambda. */
export function connectionOf(c: Context): string | undefined {
  const { incoming } = (c.env ?? {}) as { readonly incoming?: { readonly socket?: EventEmitter } };
  const socket = incoming?.socket;
  if (socket === undefined || proxyHeaders.some((name) => c.req.header(name) !== undefined)) return undefined;
  return names.get(socket) ?? named(socket);
}

/** Whether the connection of this name still stands. Those of an earlier process ended with it. */
export function isOpen(name: string): boolean {
  return open.has(name);
}

function named(socket: EventEmitter): string {
  const name = randomUUID();
  names.set(socket, name);
  open.add(name);
  socket.once("close", () => open.delete(name));
  return name;
}
