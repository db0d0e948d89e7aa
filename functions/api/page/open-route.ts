import { Hono } from "hono";
import { type PageSessions, pageSessionS } from "../../../shared/access/page-sessions.ts";
import type { ApiEnv } from "../dependencies.ts";
import { sessionCookie, setSessionCookie } from "./page-cookie.ts";
import { foreignHost, isOwnHost, type PageAddress } from "./page-hosts.ts";
import { sentencePage } from "./sentence-page.ts";

const expired = {
  en: {
    title: "This link has been used, or is older than ten minutes.",
    text: "Make a new one on the machine that runs the service: npm run open",
  },
  zh: { title: "此链接已使用过，或已超过十分钟。", text: "请在运行服务的机器上生成新链接：npm run open" },
};

/** `GET /open?once=…`: lets the browser in that opens the link first, and shows it the page. */
export function openRoute(sessions: PageSessions, address: PageAddress): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/", async (c) => {
    if (!isOwnHost(c, address)) return sentencePage(c, 403, foreignHost(c));
    // What looks ahead at links (a preview, a prefetch) must not use this one up.
    const looksAhead = c.req.method === "HEAD" || c.req.header("sec-purpose")?.includes("prefetch");
    const value = looksAhead ? undefined : await sessions.redeemLink(c.req.query("once") ?? "");
    if (value !== undefined) setSessionCookie(c, value, { ...address, lifeS: pageSessionS });
    else {
      const known = sessionCookie(c);
      const isIn = known !== undefined && (await sessions.findKey(known)) !== undefined;
      if (!isIn) return sentencePage(c, 403, expired);
    }
    c.header("Cache-Control", "no-store");
    c.header("Referrer-Policy", "no-referrer");
    return c.redirect("./", 303);
  });
}
