import { type Choices, seededChoices } from "./choices.ts";
import { formOf } from "./hostile-forms.ts";
import { hostileText, hostileValue, png } from "./hostile-values.ts";
import { pathTail, validBody } from "./valid-requests.ts";

export interface Route {
  readonly method: string;
  /** As the app names it, with `:parameters`. */
  readonly path: string;
}

/** One hostile or merely large request, and how it is sent. */
export interface WatchdogCase {
  readonly index: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  /** Sent one after another, `pauseMs` apart. */
  readonly body: readonly Uint8Array[];
  readonly pauseMs: number;
  /** Announced in place of what is sent. */
  readonly contentLength?: number;
  /** So many at the same moment. */
  readonly repeats: number;
  /** Sent in chunks of so many bytes, which arrive together. */
  readonly chunkBytes?: number;
  /** So many on one connection, without waiting for a response. */
  readonly pipelined?: number;
}

/** Addresses that a request may name, on a server that does its worst (`hostile-host.ts`). */
export interface CaseContext {
  readonly routes: readonly Route[];
  readonly key: string;
  readonly hostileUrl: string;
}

/** Most bytes of a body: what the API takes, and a little more. */
const maxBytes = 6_100_000;

/** Case `index` of a seed: the same on every machine. */
export function generateCase(seed: number, index: number, { routes, key, hostileUrl }: CaseContext): WatchdogCase {
  const random = seededChoices((seed * 0x9e3779b1 + index * 0x85ebca6b) >>> 0);
  const { method: own, path: pattern } = random.pick(routes);
  const method = random.chance(0.02) ? random.pick(["OPTIONS", "TRACE", "PURGE", "QUERY", "PROPFIND"]) : own;
  const path = addressOf(pattern, random);
  const headers: Record<string, string> = { authorization: `Bearer ${key}`, ...hostileHeaders(random) };
  const repeats = random.pick([1, 1, 1, 1, 1, 2, 5]);
  const plain = { index, method, path, headers, body: [], pauseMs: 0, repeats };
  if (random.chance(0.02)) return { ...plain, pipelined: random.pick([3, 200, 3_000]), repeats: 1 };
  if (method === "GET" || method === "DELETE") return plain;
  const { type, body } = bodyOf(pattern, random, hostileUrl);
  headers["content-type"] ??= type;
  if (random.chance(0.03)) {
    // Announced and never sent whole.
    const contentLength = random.pick([body.length + 1, maxBytes - 200_000, maxBytes]);
    return { ...plain, body: split(body, 40), pauseMs: 30, contentLength };
  }
  if (random.chance(0.03)) return { ...plain, body: [body], chunkBytes: random.pick([1, 7, 40, 3_000]), repeats: 1 };
  if (random.chance(0.05)) return { ...plain, body: split(body, random.pick([3, 50])), pauseMs: 10 };
  return { ...plain, body: [body] };
}

function addressOf(pattern: string, random: Choices): string {
  const id = () =>
    random.pick([
      `job_${"0".repeat(26)}`,
      `file-${"0".repeat(26)}`,
      "x",
      "%ff",
      "..%2f..",
      encodeURIComponent(hostileText(random).slice(0, 500).toWellFormed()),
      "a/".repeat(500),
      "__proto__",
    ]);
  const path = pattern
    .replace(/:\w+(?:\{[^}]*(?:\{\d+\})?[^}]*\})?\??/g, id)
    .replace(/\*$/, () => random.pick([pathTail(pattern), id()]));
  if (!random.chance(0.4)) return path.slice(0, 7_000);
  const value = random.chance(0.2)
    ? forgedCursor(random)
    : encodeURIComponent(hostileText(random).slice(0, 1_500).toWellFormed());
  const name = random.pick([
    "limit",
    "after",
    "cursor",
    "status",
    "from",
    "to",
    "order",
    "purpose",
    "group_by",
    "exp",
    "sig",
  ]);
  const query = random.pick([
    `${name}=${value}`,
    `${name}=${random.pick(["-1", "0", "1e9", "NaN", "100", "2026-01-01", "1970-01-01T00:00:00Z"])}`,
    Array.from({ length: 400 }, () => `${name}=1`).join("&"),
    "&=".repeat(3_000),
  ]);
  return `${path}?${query}`.slice(0, 12_000);
}

/** A position that no list of ours has made, in the form in which they are. */
function forgedCursor(random: Choices): string {
  const part = () =>
    random.pick<unknown>(["", "~", "9999", "2026-01-01T00:00:00.000Z#job_1", 0, -1e308, null, "ACC#x"]);
  const position = Array.from({ length: random.pick([1, 3, 400]) }, part);
  return Buffer.from(JSON.stringify(position)).toString("base64url").slice(0, 1_990);
}

function hostileHeaders(random: Choices): Record<string, string> {
  if (!random.chance(0.3)) return {};
  const size = random.pick([1, 100, 3_000]);
  return random.pick<() => Record<string, string>>([
    () => ({ "accept-language": "zh;q=0.1,".repeat(size) }),
    () => ({ "accept-language": `${" ".repeat(size)}x` }),
    () => ({ "if-none-match": `${'W/"a",'.repeat(size)}` }),
    () => ({ range: `bytes=${"0-1,".repeat(size)}` }),
    () => ({ range: random.pick(["bytes=0-", "bytes=-1", `bytes=${"9".repeat(30)}-`, "bytes=5-1", "rows=0-1"]) }),
    () => ({ "content-encoding": random.pick(["gzip", "br", "identity", "gzip, gzip"]) }),
    () => ({ expect: random.pick(["100-continue", "200-ok"]) }),
    () => ({ connection: "Upgrade", upgrade: random.pick(["websocket", "h2c"]), "sec-websocket-key": "x" }),
    () => ({ "idempotency-key": "k".repeat(size) }),
    () => ({ prefer: `wait=${"9".repeat(size)}` }),
    () => ({ prefer: "wait=1" }),
    () => ({ traceparent: `00-${"a".repeat(32)}-${"b".repeat(size)}-01` }),
    () => ({ "last-event-id": "1".repeat(size) }),
    () => ({ "x-stainless-retry-count": "1".repeat(size) }),
    () => ({ authorization: `${" ".repeat(size)}x` }),
    () => ({ authorization: `Bearer ${"x".repeat(size)}` }),
    () => ({ "content-type": `multipart/form-data; boundary=${"-".repeat(size)}` }),
    () => ({ "content-type": `application/json;${" charset=utf-8;".repeat(size / 10)}` }),
    () => ({ origin: `https://${"a.".repeat(size / 2)}x` }),
    () => ({ "x-fal-target-url": `https://fal.run/${"../".repeat(size / 3)}` }),
    () => Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`x-h${i}`, "v".repeat(100)])),
  ])();
}

function bodyOf(path: string, random: Choices, hostileUrl: string): { readonly type: string; readonly body: Buffer } {
  if (/edits$|v1\/files$|adapters$|\/parts$/.test(path) && random.chance(0.7)) return formOf(path, random, maxBytes);
  if (/fal\/upload/.test(path)) return { type: "image/png", body: png(random).subarray(0, maxBytes) };
  const json = random.chance(0.07) ? brokenJson(random) : JSON.stringify(mutated(validBody(path), random, hostileUrl));
  return { type: "application/json", body: Buffer.from(json).subarray(0, maxBytes) };
}

/** The body with some fields replaced, anywhere in it, and some added. */
function mutated(value: unknown, random: Choices, hostileUrl: string): unknown {
  const body = structuredClone(value) as { [field: string]: unknown };
  const names = [
    "image",
    "mask",
    "latents",
    "metadata",
    "webhook",
    "loras",
    "references",
    "prompt",
    "negative_prompt",
    "size",
  ];
  const more = [
    "image_url",
    "image_urls",
    "mask_url",
    "seed",
    "n",
    "guidance",
    "strength",
    "controlnet",
    "user",
    "stream",
  ];
  for (let changes = random.below(4); changes >= 0; changes--) {
    let into = body;
    // Down one level or two, where there is one.
    for (let depth = random.below(3); depth > 0; depth--) {
      const inner = random.pick(Object.values(into));
      if (typeof inner === "object" && inner !== null) into = inner as typeof body;
    }
    const name = random.chance(0.5) ? random.pick(Object.keys(into)) : random.pick([...names, ...more]);
    const bait = random.chance(0.15)
      ? `${hostileUrl}/${random.pick(["large", "silent", "slow", "lies", "text", "redirect", "small"])}`
      : hostileValue(random);
    if (name !== undefined) into[name] = bait;
  }
  return body;
}

function brokenJson(random: Choices): string {
  const size = random.pick([10, 1_000, 100_000, 1_000_000]);
  return random.pick<() => string>([
    () => "[".repeat(size),
    () => `{"a":${"[".repeat(size)}`,
    () => `{"prompt":"${"x".repeat(size)}`,
    () => `[${"1,".repeat(size)}`,
    () => `{${`"a":1,`.repeat(size / 6)}"b":1}`,
    () => `"${"\\u0000".repeat(size / 6)}"`,
    () => `{"seed":${"1".repeat(size)}}`,
    () => `{"guidance":1e${"9".repeat(Math.min(size, 400))}}`,
    () => " ".repeat(size),
    () => `{"prompt":"x","seed":${"-".repeat(size)}1}`,
    () => `{"prompt":"\\ud800","size":"64x64"}`,
  ])();
}

function split(body: Buffer, pieces: number): Buffer[] {
  const size = Math.max(1, Math.ceil(body.length / pieces));
  return Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.subarray(i * size, (i + 1) * size));
}
