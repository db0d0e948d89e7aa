import { PageSessions, type PageSessionsDependencies } from "../../../shared/access/page-sessions.ts";
import type { LocalPage } from "../dependencies.ts";
import { openRoute } from "./open-route.ts";
import { presentedSession } from "./page-cookie.ts";
import { foreignHost, isOwnHost, type PageAddress } from "./page-hosts.ts";
import { sentencePage } from "./sentence-page.ts";

/** What `npm start` gives the API, so that a browser on the machine needs no key. */
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
