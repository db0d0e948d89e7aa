import { type Choices, seededChoices } from "./choices.ts";
import { hostileImage, hostileText, hostileValue, png } from "./hostile-values.ts";
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
  const { method, path: pattern } = random.pick(routes);
  const path = addressOf(pattern, random);
  const headers: Record<string, string> = { authorization: `Bearer ${key}`, ...hostileHeaders(random) };
  const repeats = random.pick([1, 1, 1, 1, 1, 2, 5]);
  const plain = { index, method, path, headers, body: [], pauseMs: 0, repeats };
  if (method === "GET" || method === "DELETE") return plain;
  const { type, body } = bodyOf(pattern, random, hostileUrl);
  headers["content-type"] ??= type;
  if (random.chance(0.03)) {
    // Announced and never sent whole.
    const contentLength = random.pick([body.length + 1, maxBytes - 200_000, maxBytes]);
    return { ...plain, body: split(body, 40), pauseMs: 30, contentLength };
  }
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
  const value = encodeURIComponent(hostileText(random).slice(0, 1_500).toWellFormed());
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

function hostileHeaders(random: Choices): Record<string, string> {
  if (!random.chance(0.3)) return {};
  const size = random.pick([1, 100, 3_000]);
  return random.pick<() => Record<string, string>>([
    () => ({ "accept-language": "zh;q=0.1,".repeat(size) }),
    () => ({ "accept-language": `${" ".repeat(size)}x` }),
    () => ({ "if-none-match": `${'W/"a",'.repeat(size)}` }),
    () => ({ range: `bytes=${"0-1,".repeat(size)}` }),
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
  if (/edits$|v1\/files$|adapters$/.test(path) && random.chance(0.7)) return formOf(path, random);
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

function formOf(path: string, random: Choices): { readonly type: string; readonly body: Buffer } {
  const boundary = random.pick(["b", `----${"x".repeat(60)}`, "--", "a".repeat(70)]);
  const parts: Buffer[] = [];
  const part = (head: string, content: Buffer | string) =>
    parts.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from("\r\n"),
    );
  const field = /edits$/.test(path) ? "image" : "file";
  const name = () =>
    hostileText(random)
      .toWellFormed()
      .replaceAll(/["\r\n]/g, "")
      .slice(0, random.pick([20, 50_000]));
  const content: (() => Buffer)[] = [
    () => png(random),
    () => Buffer.from(hostileImage(random)),
    () => batchFile(random),
    () => Buffer.from(hostileText(random)),
    () => safetensors(random),
    () => Buffer.from(`--${boundary}`.repeat(20_000)),
    () => Buffer.from("\r\n".repeat(200_000)),
    () => Buffer.alloc(random.pick([1, 5_000_000])),
  ];
  part(`name="${field}"; filename="${random.chance(0.3) ? name() : "a.png"}"`, random.pick(content)());
  part(`name="prompt"`, hostileText(random).slice(0, random.pick([50, 100_000])));
  part(`name="purpose"`, "batch");
  for (let i = random.pick([0, 0, 3, 5_000, 30_000]); i > 0; i--)
    part(`name="${random.pick(["n", "image[]", "x"])}"`, "1");
  if (random.chance(0.2)) part(`name="metadata"`, JSON.stringify(hostileValue(random)).slice(0, 1_000_000));
  if (random.chance(0.9)) parts.push(Buffer.from(`--${boundary}--\r\n`));
  return { type: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(parts).subarray(0, maxBytes) };
}

function batchFile(random: Choices): Buffer {
  const line = (i: number) =>
    JSON.stringify({
      custom_id: `${i}`,
      method: "POST",
      url: "/v1/images/generations",
      body: { prompt: "x", size: "64x64" },
    });
  const count = random.pick([1, 100, 30_000]);
  const lines = Array.from({ length: count }, (_, i) => (i % 100 === 99 ? "\n".repeat(50) : line(i)));
  return Buffer.from(lines.join(random.pick(["\n", "\r\n", "\n\n"])));
}

/** A LoRA file of many tensors, or with a header that promises more than there is. */
function safetensors(random: Choices): Buffer {
  const tensors = random.pick([1, 1_000, 40_000]);
  const header = Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        Array.from({ length: tensors }, (_, i) => [
          `${"a.".repeat(random.pick([1, 20]))}${i}.lora_A.weight`,
          { dtype: "F32", shape: [1, 1], data_offsets: [4 * i, 4 * i + 4] },
        ]),
      ),
    ),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(random.pick([BigInt(header.length), BigInt(header.length), 2n ** 40n, 0n]));
  return Buffer.concat([length, header, Buffer.alloc(4 * tensors)]);
}

function split(body: Buffer, pieces: number): Buffer[] {
  const size = Math.max(1, Math.ceil(body.length / pieces));
  return Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.subarray(i * size, (i + 1) * size));
}
