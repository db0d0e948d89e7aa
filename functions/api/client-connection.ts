import { randomUUID } from "node:crypto";
import type { Context } from "hono";

const names = new WeakMap<object, string>();

/** What a proxy adds: then the connection is the proxy's own, and may carry several clients. */
const proxyHeaders = ["forwarded", "via", "x-forwarded-for"];

/** A name for the connection that the client itself has to this process; `undefined` where something in between has it, as in Lambda. */
export function connectionOf(c: Context): string | undefined {
  const { incoming } = (c.env ?? {}) as { readonly incoming?: { readonly socket?: object } };
  const socket = incoming?.socket;
  if (socket === undefined || proxyHeaders.some((name) => c.req.header(name) !== undefined)) return undefined;
  const name = names.get(socket) ?? randomUUID();
  names.set(socket, name);
  return name;
}
