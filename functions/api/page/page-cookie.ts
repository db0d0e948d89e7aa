import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { sessionValueForm } from "../../../shared/access/page-sessions.ts";
import { isOwnHost, type PageAddress } from "./page-hosts.ts";

/**
 * The session that a request of our own page brings; `undefined` for every other request, with the cookie or without.
 * `SameSite=Strict` alone would let in whatever else runs on this machine: all its ports are one site.
 */
export function presentedSession(c: Context, address: PageAddress): string | undefined {
  if (c.req.header("authorization") !== undefined) return undefined;
  const value = sessionCookie(c);
  return value !== undefined && isOwnHost(c, address) && isSameOrigin(c, address) ? value : undefined;
}

/** The cookie's value, whoever sent it. */
export function sessionCookie(c: Context): string | undefined {
  const value = getCookie(c, cookieName(c));
  return value !== undefined && sessionValueForm.test(value) ? value : undefined;
}

export function setSessionCookie(
  c: Context,
  value: string,
  { publicUrl, lifeS }: Pick<PageAddress, "publicUrl"> & { readonly lifeS: number },
) {
  setCookie(c, cookieName(c), value, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: (publicUrl ?? c.req.url).startsWith("https:"),
    maxAge: lifeS,
  });
}

/** With the port: browsers send a cookie to every port of a host, and two data folders have two keys. */
function cookieName(c: Context): string {
  return `z-image-${new URL(c.req.url).port || "page"}`;
}

/**
 * Browsers say where a request comes from, over https and on this machine by `Sec-Fetch-Site`, and over plain http from
 * elsewhere by `Origin` alone, which is missing from requests that can change nothing and whose responses other origins
 * cannot read.
 */
function isSameOrigin(c: Context, { publicUrl }: PageAddress): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = c.req.header("origin");
  if (origin === undefined) return c.req.method === "GET" || c.req.method === "HEAD";
  const from = URL.parse(origin)?.host;
  return from !== undefined && (from === new URL(c.req.url).host || from === URL.parse(publicUrl ?? "")?.host);
}
