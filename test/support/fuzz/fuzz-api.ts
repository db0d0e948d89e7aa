import { type ApiUnderTest, openApi, turbo } from "../api/api-under-test.ts";
import { feedOnce } from "../api/openai-batches.ts";
import { type FuzzReport, fuzzOpenapi, type OpenapiDocument } from "./openapi-fuzz.ts";

/** A PNG of one pixel. */
const pixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const images = [pixel, pixel, "data:;base64,AAAA", `file-${"0".repeat(26)}`, "x"];

/** A LoRA of one layer whose values are 0: its bytes are text too, because the header is padded to 256 of them. */
function smallLora(): string {
  const tensor = (start: number) => ({ dtype: "F32", shape: [1, 1], data_offsets: [start, start + 4] });
  const header = JSON.stringify({ "layers.0.a.lora_A.weight": tensor(0), "layers.0.a.lora_B.weight": tensor(4) });
  return `\0\u0001${"\0".repeat(6)}${header.padEnd(256)}${"\0".repeat(8)}`;
}

/**
 * Values that make most requests meaningful: small images, names that exist, addresses that may be told. Nothing leads
 * into the network.
 */
const hints = {
  model: ["z-image-turbo", "Tongyi-MAI/Z-Image-Turbo", "gpt-image-1"],
  "models.id": ["z-image-turbo", "Tongyi-MAI/Z-Image-Turbo", "x"],
  size: ["64x64", "128x64", "65x64"],
  width: [64, 128],
  height: [64, 96],
  n: [1, 2],
  steps: [1, 2, 3],
  image: images,
  mask: images,
  references: [[pixel]],
  latents: ["AAAA"],
  url: ["https://example.com/hook", "http://127.0.0.1:1/", "https://example.com:8443/a"],
  created_after: ["2026-01-31T12:00:00Z"],
  expires_at: ["2036-01-31T12:00:00Z", null],
  since: ["2026-01-31T12:00:00Z"],
  from: ["2026-11-01"],
  to: ["2036-11-30"],
  Prefer: ["wait=1", "wait", "wait=0", "respond-async"],
  amount: [1, 1_000],
  reference: ["invoice-1", "invoice-2", "invoice-3"],
  cursor: ["x", "AAAA"],
  binary: ["some bytes", smallLora(), Buffer.from(pixel.slice(pixel.indexOf(",") + 1), "base64").toString("latin1")],
  bytes: [10], // of "some bytes": an upload is completed by as many as it announced
  purpose: ["batch", "batch", "batch", "vision"],
  expires_after: [{ anchor: "created_at", seconds: 86_400 }],
  output_expires_after: [{ anchor: "created_at", seconds: 86_400 }],
  status: ["queued", "succeeded", "delivered"],
  source: [{ rows: [{ sku: "A-1", title: "mug" }] }, { file_id: "x" }],
  shots: [[{ id: "main", method: "draw", prompt: "a {{title}}", size: "64x64" }]],
  run_key: ["spring"],
  naming: ["{sku}_{n}"],
  seeds: ["per_sku"],
  mapping: [{}],
  start: [true, false],
  "archives.number": [1, 1, 2],
  sha256: ["0".repeat(64)],
  "vocabularies.id": ["z-image-turbo", "x"],
  "library.id": ["tiny-thing", "x"],
};

/** The whole API, fuzzed by its own document. */
export async function fuzzApi({ seed, requests }: { seed: number; requests: number }): Promise<FuzzReport> {
  const vocabulary = { things: [{ en: "mug", zh: "杯子" }], backgrounds: [] };
  const small = { ...turbo, defaultWidth: 64, defaultHeight: 64, defaultSteps: 2, vocabulary };
  const api = await openApi({ models: [small] });
  api.worker.start();
  const made = new MadeByFuzzing();
  try {
    return await fuzzOpenapi({
      ...(await callers(api)),
      seed,
      requests,
      hints,
      hintsAt: (address) => made.hintsAt(address),
      // Its time limit is measured on a clock that goes a hundred times faster: a busy machine makes it 503.
      leaveOut: ["getReadiness"],
      document: (await (await api.app.request("/openapi.json")).json()) as OpenapiDocument,
      send: async ({ method, path, headers, body }) => {
        const response = await api.app.request(path, { method, headers, body });
        if (/^\/v1\/(uploads|files)/.test(path)) made.learn(await response.clone().text());
        // A run is read and fed between two requests about runs.
        if (/^\/v1\/runs/.test(path)) await feedOnce(api);
        return response;
      },
      endJob: async (id) => {
        await api.jobs.requestCancel(id).catch(() => {});
      },
    });
  } finally {
    await api.close();
  }
}

/** What later requests name together with something else: parts with their upload, files that are meant for a batch. */
class MadeByFuzzing {
  readonly #parts = new Map<string, string[]>();
  readonly #batchFiles: string[] = [];

  learn(text: string): void {
    const part = /"id":"(part_\w+)".*"upload_id":"(upload_\w+)"/.exec(text);
    if (part) this.#parts.set(part[2]!, [...(this.#parts.get(part[2]!) ?? []), part[1]!]);
    for (const { 0: file } of text.matchAll(/\{[^{}]*"object":"file"[^{}]*\}/g)) {
      const id = /"id":"(file-\w+)"/.exec(file)?.[1];
      if (id !== undefined && /"purpose":"batch"/.test(file)) this.#batchFiles.push(id);
    }
  }

  hintsAt(address: string): { [name: string]: unknown[] } {
    const parts = this.#parts.get(/^\/v1\/uploads\/(\w+)/.exec(address)?.[1] ?? "");
    return {
      ...(parts ? { part_ids: parts.map((id) => [id]) } : {}),
      ...(this.#batchFiles.length > 0 ? { input_file_id: this.#batchFiles.slice(-20) } : {}),
    };
  }
}

async function callers(api: ApiUnderTest) {
  const { key: operator, value } = await api.apiKeys.createKey(api.account.id, { scopes: ["*", "accounts:admin"] });
  const own = (await api.apiKeys.listKeys(api.account.id)).map(({ id }) => id);
  return {
    authorizations: [`Bearer ${value}`, `Key ${value}`, `Bearer ${api.key}`],
    untouchable: new Set([api.account.id, operator.id, ...own]),
  };
}
