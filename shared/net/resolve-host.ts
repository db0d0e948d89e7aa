import { Resolver, lookup as systemLookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";

/**
 * All addresses of a name, IPv4 first. Ends with the signal's reason when that aborts, with an error of `code` as in
 * `node:dns` when there are none.
 */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

export interface ResolveHostOptions {
  /** Name servers, as `address` or `address:port`. @default those of the system */
  readonly servers?: readonly string[];
  /** @default `/etc/hosts`; where there is none, as on Windows, its names are found by the system's resolver */
  readonly hostsFile?: string;
  /** The system's resolver. @default `getaddrinfo` */
  readonly lookup?: (host: string) => Promise<readonly string[]>;
  /** For the first answer of a name server; the second and last try has twice as long. @default 2 000 */
  readonly timeoutMs?: number;
}

/**
 * Error codes for a name that the name server does not have, and for a host without a name server. The system's
 * resolver may still know the name.
 */
const notFound: ReadonlySet<unknown> = new Set(["ENOTFOUND", "ENODATA", "EREFUSED", "ECONNREFUSED"]);
/** Error codes for a failure of the name server, which say nothing about the name. */
const ownFailure: ReadonlySet<unknown> = new Set(["ESERVFAIL", "EREFUSED"]);

/**
 * Names as users give them, so that a name whose server is silent delays only its own user. The system's resolver is
 * no place for them: each of its lookups blocks a thread until it is over, whatever its caller does, and two of them
 * are all that a process can have at once, those of the stores included. So the hosts file is read first, as the system
 * does, then the name servers are asked over sockets that the signal closes. Only a name that neither has goes to the
 * system, which also knows search domains, mDNS and the servers of a VPN. Those lookups are made one at a time in a
 * process, and not for a name whose server is silent.
 *
 * Loopback names need no lookup at all (RFC 6761, 6.3).
 */
export function createResolveHost({
  servers,
  hostsFile = "/etc/hosts",
  lookup = async (host) => (await systemLookup(host, { all: true })).map(({ address }) => address),
  timeoutMs = 2_000,
}: ResolveHostOptions = {}): ResolveHost {
  let systemIsFree: Promise<unknown> = Promise.resolve();

  return async (host, signal) => {
    if (isLocalhost(host)) return ["127.0.0.1", "::1"];
    const written = addressesInHosts(await readFile(hostsFile, "utf8").catch(() => ""), host);
    if (written.length > 0) return written;
    try {
      return await askNameServers(host, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!notFound.has(codeOf(error))) throw error;
      return askSystem(host, signal);
    }
  };

  async function askNameServers(host: string, signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    // One for each name: it has the servers that the system has now, and closing its sockets ends no other name's
    // question.
    const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
    if (servers) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      for (;;) {
        try {
          return await askBothFamilies(resolver, host);
        } catch (error) {
          // The resolver goes on to the next server after silence, but takes a failure for an answer; the system does
          // not.
          const others = resolver.getServers().slice(1);
          if (!ownFailure.has(codeOf(error)) || others.length === 0) throw error;
          signal.throwIfAborted();
          resolver.setServers(others);
        }
      }
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  function askSystem(host: string, signal: AbortSignal): Promise<readonly string[]> {
    const result = systemIsFree.then(() => {
      signal.throwIfAborted();
      return lookup(host);
    });
    systemIsFree = result.catch(() => {});
    return result;
  }
}

export const resolveHost = createResolveHost();

/** One family is enough: many servers leave questions for IPv6 unanswered. */
async function askBothFamilies(resolver: Resolver, host: string): Promise<string[]> {
  const results = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  if (addresses.length > 0) return addresses;
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  throw reasons.find((reason) => !notFound.has(codeOf(reason))) ?? reasons[0];
}

/** Whether a name is this machine's by definition: `localhost` and all below it. */
export function isLocalhost(name: string): boolean {
  return /(^|\.)localhost\.?$/.test(name);
}

/** Addresses that a hosts file gives a name, in its order. */
function addressesInHosts(text: string, host: string): string[] {
  const name = host.toLowerCase().replace(/\.$/, "");
  return text.split("\n").flatMap((line) => {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().toLowerCase().split(/\s+/);
    return isIP(address) && names.includes(name) ? [address] : [];
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
