import { isIP } from "node:net";
import type { Context } from "hono";
import type { ApiEnv } from "../dependencies.ts";

export interface PageAddress {
  /** Names of this machine, beside loopback names and addresses. */
  readonly hosts: readonly string[];
  /** Address that clients reach us under, where a proxy stands in front. */
  readonly publicUrl?: string | undefined;
}

/**
 * Whether a browser reached this machine under a name that only its owner can have given it. Another's name that was
 * made to lead here (DNS rebinding) is of another origin than our page, yet a browser would let that origin's scripts
 * read what we answer. An address is no name: a browser that sends it has connected to it.
 */
export function isOwnHost(c: Context, { hosts, publicUrl }: PageAddress): boolean {
  const { hostname } = new URL(c.req.url);
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return true;
  if (hostname === "localhost" || hostname.endsWith(".localhost")) return true;
  if (publicUrl !== undefined && hostname === new URL(publicUrl).hostname) return true;
  return hosts.some((name) => name.toLowerCase() === hostname);
}

/** What to do about a name that is not ours. */
export function foreignHost(c: Context<ApiEnv>) {
  const { hostname } = new URL(c.req.url);
  return {
    en: {
      title: `This page is not served under the name ${hostname}.`,
      text: `Open it by the machine's address, or start the service with PAGE_HOSTS=${hostname}.`,
    },
    zh: {
      title: `此页面不以 ${hostname} 这个名称提供。`,
      text: `请改用本机地址打开，或以 PAGE_HOSTS=${hostname} 启动服务。`,
    },
  };
}
