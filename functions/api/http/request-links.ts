import type { Context } from "hono";
import { createLinkSigner, type LinkSigner } from "../../../shared/access/signed-link.ts";
import { resultLinkS } from "../../../shared/limits.ts";
import type { ApiDependencies } from "../dependencies.ts";

type Address = Pick<ApiDependencies, "publicUrl" | "trustProxy">;

/** Links under the address that this client used, so that it can reach them. */
export function requestLinks(
  c: Context,
  { linkSecret, clock, ...address }: Address & Pick<ApiDependencies, "linkSecret" | "clock">,
): LinkSigner {
  return createLinkSigner({
    secret: linkSecret,
    origin: requestOrigin(c, address),
    now: () => clock.now(),
    lifeS: resultLinkS,
  });
}

/** Scheme, host and port without a trailing slash. */
export function requestOrigin(c: Context, { publicUrl, trustProxy = false }: Address): string {
  if (publicUrl !== undefined) return publicUrl.replace(/(?<!\/)\/+$/, "");
  const { protocol, host } = new URL(c.req.url);
  if (!trustProxy) return `${protocol}//${host}`;
  // The first of several is the one that the client itself used.
  const first = (name: string) => c.req.header(name)?.split(",")[0]?.trim();
  const scheme = first("x-forwarded-proto");
  const forwarded = URL.parse(
    `${scheme === "http" || scheme === "https" ? `${scheme}:` : protocol}//${first("x-forwarded-host") ?? host}`,
  );
  return forwarded === null ? `${protocol}//${host}` : `${forwarded.protocol}//${forwarded.host}`;
}
