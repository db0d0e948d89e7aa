import type { Context, Hono } from "hono";
import type { ApiKey } from "../../../shared/access/api-key.ts";
import { PageSessions, type PageSessionsDependencies } from "../../../shared/access/page-sessions.ts";
import type { ApiEnv } from "../dependencies.ts";
import { openRoute } from "./open-route.ts";
import { presentedSession } from "./page-cookie.ts";
import { foreignHost, isOwnHost, type PageAddress } from "./page-hosts.ts";
import { sentencePage } from "./sentence-page.ts";

/**
 * What lets a browser on one machine in without a key. Given to the API by whoever runs it there; a deployment has none,
 * and its function does not load this.
 */
export interface LocalPage {
  /** `/open`. */
  readonly routes: Hono<ApiEnv>;
  /** The session that a request of our own page brings, if any. */
  presentedSession(c: Context): string | undefined;
  /** The key that a session acts as. */
  findKey(session: string): Promise<ApiKey | undefined>;
  /** The response to a browser that came by a name that is not this machine's. @returns `undefined` for all others */
  refuse(c: Context<ApiEnv>): Response | Promise<Response> | undefined;
}

export function openLocalPage({ hosts, publicUrl, ...given }: PageSessionsDependencies & PageAddress): LocalPage {
  const address = { hosts, publicUrl };
  const sessions = new PageSessions(given);
  return {
    routes: openRoute(sessions, address),
    presentedSession: (c) => presentedSession(c, address),
    findKey: (session) => sessions.findKey(session),
    refuse: (c) => (isOwnHost(c, address) ? undefined : sentencePage(c, 403, foreignHost(c))),
  };
}
