import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { isIP, type LookupFunction, type Socket, connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { InvalidInputError, PipelineError } from "../errors.ts";
import { guardedFetchTimeoutMs, maxUrlCharacters } from "../limits.ts";
import { type AddressKind, addressKind, isPrivateAddress } from "./public-address.ts";
import { isLocalhost, type ResolveHost, resolveHost } from "./resolve-host.ts";

/** More of a response body than this is not read. */
export const guardedResponseBytes = 65_536;
const maxResponseHeaderBytes = 16_384;
/** The URL parser drops or turns these; what a person, a proxy and we read in such an address may be three hosts. */
const ambiguous = /[\\\s\p{Cc}]/u;
const openPorts: ReadonlySet<string> = new Set(["", "443", "8443"]);

type UrlSubject = "webhook" | "image" | "adapter";

export interface UrlRules {
  /**
   * Local mode: plain http, any port and loopback addresses are allowed too. Private networks never are.
   * @default false
   */
  readonly allowLoopback?: boolean;
  /**
   * The URL is of the operator's configuration, and no user's: what local mode allows, and private networks. Addresses
   * of a machine's metadata never are.
   * @default false
   */
  readonly isOperators?: boolean;
  /** The request field that holds the URL, for messages. @default "webhook.url" */
  readonly param?: string;
  /** What the URL is of: the codes of refusals begin with it. @default "webhook" */
  readonly subject?: UrlSubject;
}

/** Where a socket goes: `addresses` were checked and are the only ones it may connect to. */
export interface GuardedTarget {
  readonly tls: boolean;
  /** Name or address of the URL, for the certificate check; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

export interface GuardedFetchOptions extends UrlRules {
  readonly method: "GET" | "POST" | "PUT";
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
  /** More of a response body is not read. @default 64 KB */
  readonly maxResponseBytes?: number;
  /** Awaited with the length of each piece of the response's body, before the next is read. @default no limit */
  readonly reserve?: (bytes: number) => Promise<void>;
  /** @default 15 000 */
  readonly timeoutMs?: number;
  /** Ends the request early with the signal's reason. */
  readonly signal?: AbortSignal;
  /** All addresses of a name; asked once per call. @default `resolveHost` */
  readonly resolve?: ResolveHost;
  /** @default a TCP or TLS socket to one of `addresses` */
  readonly connect?: (target: GuardedTarget) => Socket;
}

export interface GuardedResponse {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** At most `maxResponseBytes`; what follows was not read. */
  readonly body: Uint8Array;
  readonly truncated: boolean;
}

/**
 * The rules for a user's URL that need no name lookup, for use when it is submitted. `guardedFetch` applies them again.
 * @throws InvalidInputError `webhook_url_invalid`, `webhook_url_forbidden`, or the same of another `subject`
 */
export function assertAllowedUrl(
  text: string,
  { allowLoopback: isLocal = false, isOperators = false, param = "webhook.url", subject = "webhook" }: UrlRules = {},
): URL {
  const allowLoopback = isLocal || isOperators;
  const forbidden = (rule: string) => forbiddenUrl(rule, { param, subject });
  const url = text.length <= maxUrlCharacters && !ambiguous.test(text) ? URL.parse(text) : null;
  if (url === null) {
    throw new InvalidInputError(
      `${subject}_url_invalid`,
      `${param} must be an absolute URL of at most ${maxUrlCharacters} characters, for example ` +
        "https://example.com/hook",
      { param },
    );
  }
  if (url.protocol !== "https:" && !(allowLoopback && url.protocol === "http:")) {
    throw forbidden(`must use https, got ${url.protocol.slice(0, 20)}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw forbidden("must not hold a user name or password; check the signature at the receiver instead");
  }
  if (!allowLoopback && !openPorts.has(url.port)) throw forbidden(`must use port 443 or 8443, got ${url.port}`);
  // The URL parser has already turned decimal, octal, hexadecimal and short IPv4 into four decimal parts.
  const kind = isIP(hostOf(url)) ? addressKind(hostOf(url)) : isLocalhost(url.hostname) ? "loopback" : "public";
  if (!isAllowedKind(kind, { allowLoopback, isOperators }, hostOf(url))) throw forbidden(leadsElsewhere(hostOf(url)));
  return url;
}

/**
 * The one way to reach a URL that a user gave. Names are resolved once, every address is checked, and the socket goes
 * to those addresses and no others, so a second DNS answer has no effect. Redirects are not followed (a 3xx is returned
 * as it is).
 *
 * @throws InvalidInputError `webhook_url_invalid`, `webhook_url_forbidden`, or the same of another `subject`: refused
 * before anything is sent; retryable when it is not what is written that was refused but what the name led to this time
 * @throws PipelineError `webhook_host_unresolved`, `webhook_unreachable`, `webhook_timeout`: retryable
 */
export async function guardedFetch(text: string, options: GuardedFetchOptions): Promise<GuardedResponse> {
  const { allowLoopback = false, isOperators = false, param, subject } = options;
  const { timeoutMs = guardedFetchTimeoutMs, resolve = resolveHost } = options;
  const url = assertAllowedUrl(text, { allowLoopback, isOperators, param, subject });
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
  try {
    const addresses = await raceAbort(
      resolveChecked(hostOf(url), { allowLoopback, isOperators, param, subject, resolve, signal }),
      signal,
    );
    return await exchange(url, addresses, options, signal);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (cause instanceof PipelineError) throw cause;
    if (timeout.aborted) {
      throw new PipelineError("webhook_timeout", `${url.host} did not respond within ${timeoutMs} ms`, {
        retryable: true,
        cause,
      });
    }
    throw new PipelineError("webhook_unreachable", `${url.host} could not be reached: ${reasonOf(cause)}`, {
      retryable: true,
      cause,
    });
  }
}

async function resolveChecked(
  host: string,
  {
    allowLoopback,
    isOperators,
    param,
    subject,
    resolve,
    signal,
  }: {
    readonly allowLoopback: boolean;
    readonly isOperators: boolean;
    readonly param: string | undefined;
    readonly subject: UrlSubject | undefined;
    readonly resolve: ResolveHost;
    readonly signal: AbortSignal;
  },
): Promise<readonly string[]> {
  if (isIP(host)) return [host];
  let addresses: readonly string[];
  try {
    addresses = await resolve(host, signal);
  } catch (cause) {
    throw new PipelineError("webhook_host_unresolved", `${host} has no address: ${reasonOf(cause)}`, {
      retryable: true,
      cause,
    });
  }
  if (addresses.length === 0) {
    throw new PipelineError("webhook_host_unresolved", `${host} has no address`, { retryable: true });
  }
  // One bad address refuses the name: a mix of public and private answers is how rebinding attacks look.
  // A name's addresses change, also by its owner's mistake, so another attempt may be allowed.
  const allowed = { allowLoopback: allowLoopback || isOperators, isOperators };
  if (!addresses.every((address) => isAllowedKind(addressKind(address), allowed, address))) {
    throw forbiddenUrl(leadsElsewhere(host), { param, subject, retryable: true });
  }
  return addresses;
}

function exchange(
  url: URL,
  addresses: readonly string[],
  {
    method,
    headers,
    body,
    maxResponseBytes = guardedResponseBytes,
    reserve,
    connect = connectSocket,
  }: GuardedFetchOptions,
  signal: AbortSignal,
): Promise<GuardedResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<GuardedResponse>();
  const tls = url.protocol === "https:";
  const target: GuardedTarget = { tls, host: hostOf(url), port: Number(url.port) || (tls ? 443 : 80), addresses };
  const options: RequestOptions = {
    method,
    path: url.pathname + url.search,
    setHost: false,
    headers: {
      host: url.host,
      "content-length": body === undefined ? 0 : Buffer.byteLength(body),
      ...headers,
      connection: "close",
    },
    maxHeaderSize: maxResponseHeaderBytes,
    signal,
    createConnection: () => connect(target),
  };
  const outgoing = request(options, (response) => {
    const chunks: Buffer[] = [];
    let room = maxResponseBytes;
    const finish = (truncated: boolean) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), truncated });
      outgoing.destroy();
    };
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk.subarray(0, room));
      if (chunk.length > room) return finish(true);
      room -= chunk.length;
      if (reserve === undefined) return;
      response.pause();
      reserve(chunk.length).then(
        () => response.resume(),
        (error: unknown) => {
          // First, since the end of the connection is an error too, and says less.
          reject(error);
          outgoing.destroy();
        },
      );
    });
    response.on("end", () => finish(false));
    response.on("error", reject);
  });
  outgoing.on("error", reject);
  // Also settles the odd endings that raise no error, such as a response of 101. Without effect once settled.
  outgoing.on("close", () => reject(new Error("the connection ended before a whole response")));
  outgoing.end(body);
  return promise;
}

function connectSocket({ tls, host, port, addresses }: GuardedTarget): Socket {
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }));
  const lookup: LookupFunction = (_host, { all }, callback) => {
    if (all) return callback(null, pinned);
    const [first] = pinned;
    if (first) callback(null, first.address, first.family);
  };
  if (!tls) return tcpConnect({ host, port, lookup });
  // A server name must not be an address (RFC 6066); the certificate is then checked against `host`.
  return tlsConnect({ host, port, lookup, ALPNProtocols: ["http/1.1"], servername: isIP(host) ? undefined : host });
}

/** `url.hostname` without the brackets of IPv6. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function isAllowedKind(
  kind: AddressKind,
  { allowLoopback, isOperators }: { readonly allowLoopback: boolean; readonly isOperators: boolean },
  address: string,
): boolean {
  return kind === "public" || (kind === "loopback" && allowLoopback) || (isOperators && isPrivateAddress(address));
}

/** The address itself stays out of the message: it would tell the caller what names mean inside our network. */
function leadsElsewhere(host: string): string {
  return `must lead to a public address; ${host} does not`;
}

function forbiddenUrl(
  rule: string,
  { param = "webhook.url", subject = "webhook", retryable = false }: UrlRules & { readonly retryable?: boolean },
): InvalidInputError {
  return new InvalidInputError(`${subject}_url_forbidden`, `${param} ${rule}`, { param, retryable });
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  return code ?? cause.message;
}

function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  return promise;
}
