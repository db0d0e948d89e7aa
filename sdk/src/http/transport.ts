import { type Operations, routes } from "../api.ts";
import { ConnectionError, TimeoutError } from "../errors.ts";
import { readError } from "./read-error.ts";
import { type Repeatable, retryDelayMs } from "./retry-delay.ts";
import { sleep } from "./sleep.ts";

export interface ClientOptions {
  /** Absent, no key is sent: a page that the service itself serves may be known by its cookie. */
  readonly apiKey?: string | undefined;
  /** Scheme, host and port, with the path before `/v1` if there is one. @default "http://127.0.0.1:8787" */
  readonly baseUrl?: string;
  /** Longest time for one attempt, its response included, in milliseconds. @default 60000 */
  readonly timeoutMs?: number;
  /** Attempts after the first. @default 4 */
  readonly maxRetries?: number;
  /** Language of errors, as `Accept-Language` names it: `zh` or `en`. @default in a browser its own, else English */
  readonly language?: string;
  /** @default the global one */
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** @default that of the client */
  readonly timeoutMs?: number;
  /** @default that of the client */
  readonly maxRetries?: number;
}

export type OperationName = keyof Operations;
type Member<Name extends OperationName, Part extends string> = Operations[Name] extends { [P in Part]: infer T }
  ? T
  : undefined;
export type BodyOf<Name extends OperationName> = Member<Name, "body">;
export type QueryOf<Name extends OperationName> = Member<Name, "query">;
export type ResponseOf<Name extends OperationName> = Member<Name, "response">;

type QueryValue = string | number | { readonly [key: string]: string } | undefined;

export interface Input<Name extends OperationName> {
  /** Value of the path's parameter. */
  readonly id?: string;
  readonly query?: QueryOf<Name>;
  readonly body?: BodyOf<Name>;
  readonly headers?: { readonly [name: string]: string };
  /** @default "always", for POST "refused" */
  readonly repeatable?: Repeatable;
}

export interface Outgoing {
  readonly method: string;
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | FormData;
  readonly repeatable: Repeatable;
  /** Sent without the key: links to images need none, and may lead to other hosts. @default false */
  readonly open?: boolean;
}

const defaultBaseUrl = "http://127.0.0.1:8787";
const defaultTimeoutMs = 60_000;
const defaultMaxRetries = 4;

/** Sends requests: the key, time-outs, retries, and errors as exceptions. Holds no state between requests. */
export class Transport {
  readonly baseUrl: string;
  readonly maxRetries: number;
  readonly #headers: { readonly [name: string]: string };
  readonly #language: { readonly [name: string]: string };
  readonly #timeoutMs: number;
  readonly #fetch: typeof fetch;

  constructor({ apiKey, baseUrl = defaultBaseUrl, timeoutMs, maxRetries, language, fetch }: ClientOptions) {
    if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
      throw new TypeError("apiKey must be the text of an API key; make one with: npm run keys -- create");
    }
    if (language !== undefined && !/^[\w*][\w*,;=. -]*$/.test(language)) {
      throw new TypeError(`language must be a language tag such as "zh" or "en", got ${JSON.stringify(language)}`);
    }
    const url = parseUrl(baseUrl);
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw new TypeError(`baseUrl must be an address such as ${defaultBaseUrl}, got ${JSON.stringify(baseUrl)}`);
    }
    this.baseUrl = url.href.replace(/(?<!\/)\/+$/, "").replace(/\/v1$/, "");
    this.#language = language === undefined ? {} : { "accept-language": language };
    this.#headers = apiKey === undefined ? this.#language : { ...this.#language, authorization: `Bearer ${apiKey}` };
    this.#timeoutMs = timeoutMs ?? defaultTimeoutMs;
    this.maxRetries = maxRetries ?? defaultMaxRetries;
    // Called without a receiver: browsers want their own window there.
    this.#fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** The JSON that an operation of the OpenAPI document returns. */
  call<Name extends OperationName>(
    name: Name,
    input: Input<Name> = {},
    options: RequestOptions = {},
  ): Promise<ResponseOf<Name>> {
    return this.send(this.#outgoing(name, input), readJson<ResponseOf<Name>>, options);
  }

  /** As `call`, for responses other than JSON: `read` turns the response into a value, within the attempt's time. */
  callRaw<Name extends OperationName, T>(
    name: Name,
    input: Input<Name>,
    read: (response: Response) => Promise<T>,
    options: RequestOptions = {},
  ): Promise<T> {
    return this.send(this.#outgoing(name, input), read, options);
  }

  /** An address of the API that is not in its OpenAPI document. */
  url(path: string): string {
    return this.baseUrl + path;
  }

  /**
   * One request with its retries.
   * @param read - may reject: a body that breaks off is an attempt that failed
   * @throws ApiError, ConnectionError, TimeoutError; the reason of `options.signal`
   */
  async send<T>(
    outgoing: Outgoing,
    read: (response: Response) => Promise<T>,
    options: RequestOptions = {},
  ): Promise<T> {
    const { signal, maxRetries = this.maxRetries } = options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(outgoing, read, options);
      } catch (error) {
        signal?.throwIfAborted();
        const { repeatable } = outgoing;
        const delayMs = retryDelayMs(error, { attempt, maxRetries, repeatable, random: Math.random() });
        if (delayMs === undefined) throw error;
        await sleep(delayMs, signal);
      }
    }
  }

  async #attempt<T>(
    { method, url, headers, body, open = false }: Outgoing,
    read: (response: Response) => Promise<T>,
    { signal, timeoutMs = this.#timeoutMs }: RequestOptions,
  ): Promise<T> {
    signal?.throwIfAborted();
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    try {
      const response = await this.#fetch(url, {
        method,
        headers: { ...(open ? this.#language : this.#headers), ...headers },
        body,
        signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
      });
      if (!response.ok) throw readError(response, await response.text(), Date.now());
      return await read(response);
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      if (timeout.signal.aborted) {
        throw new TimeoutError(`${method} ${url} got no response within ${timeoutMs} ms`, { cause });
      }
      // fetch and body readers reject with TypeError; anything else is a bug of ours, or of `read`.
      if (cause instanceof TypeError) throw new ConnectionError(`${method} ${url}: ${reasonOf(cause)}`, { cause });
      throw cause;
    } finally {
      clearTimeout(timer);
    }
  }

  #outgoing<Name extends OperationName>(name: Name, { id, query, body, headers, repeatable }: Input<Name>): Outgoing {
    const { method, path } = routes[name];
    const filled = path.replace(/\{\w+\}/, () => encodeURIComponent(id ?? ""));
    return {
      method,
      url: this.url(filled + queryString((query ?? {}) as { [key: string]: QueryValue })),
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      repeatable: repeatable ?? (method === "POST" ? "refused" : "always"),
    };
  }
}

/** A response without content (204) gives `undefined`. */
export async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (text === "") return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ConnectionError(`${response.url} responded with something other than JSON: ${text.slice(0, 100)}`, {
      cause,
    });
  }
}

/** An object becomes `name[key]=value`, one for each key. */
function queryString(query: { readonly [key: string]: QueryValue }): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (typeof value !== "object") parameters.append(name, String(value));
    else for (const [key, member] of Object.entries(value)) parameters.append(`${name}[${key}]`, member);
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Node's fetch says "fetch failed" and puts what happened into `cause`. */
function reasonOf(error: Error): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || String((cause as { readonly code?: unknown }).code ?? error.message);
}
