import { randomBytes } from "node:crypto";
import { type ClientRequest, request } from "node:http";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startWatchedServer } from "./watched-server.ts";

const key = "watchdog-key-of-one-machine";
/** What they would hold is 100 MB of images, beside the 40 MB of a server that does nothing. */
const requestsOfEach = 20;
const mostHeapBytes = 100e6;

let server: Awaited<ReturnType<typeof startWatchedServer>>;
let memory: NodeJS.MemoryUsage;
let image: string;
beforeAll(async () => {
  const noise = { width: 1_100, height: 1_100, channels: 3 } as const;
  image = (
    await sharp(randomBytes(3 * 1_100 * 1_100), { raw: noise })
      .png()
      .toBuffer()
  ).toString("base64");
  server = await startWatchedServer(key);
  server.onReport((report) => {
    memory = report.memory;
  });
});
afterAll(async () => {
  await server.stop();
});

const url = () => `data:image/png;base64,${image}`;
const small = { size: "64x64" };
const routes: [path: string, body: (prompt: string) => object, headers: object][] = [
  ["/v1/jobs", (prompt) => ({ prompt, image: url(), ...small }), { prefer: "wait=300" }],
  ["/v1/images/edits", (prompt) => ({ prompt, image: url(), ...small }), {}],
  ["/v1/images/edits", (prompt) => ({ prompt, image: url(), ...small, response_format: "b64_json", stream: true }), {}],
  ["/sdapi/v1/img2img", (prompt) => ({ prompt, init_images: [image], width: 64, height: 64 }), {}],
  [
    "/fal/run/fal-ai/z-image/turbo/image-to-image",
    (prompt) => ({ prompt, image_url: url(), image_size: "square" }),
    {},
  ],
  [
    "/v1/models/prunaai/z-image-turbo/predictions",
    (prompt) => ({ input: { prompt, image: url(), width: 64, height: 64 } }),
    { prefer: "wait" },
  ],
  [
    "/mcp",
    (prompt) => ({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "edit", arguments: { prompt, image: url(), wait_s: 300 } },
    }),
    { accept: "application/json, text/event-stream" },
  ],
];

/** Sends a request whose response waits for its job, which nobody draws. */
function send(path: string, body: object, headers: object): ClientRequest {
  const text = JSON.stringify(body);
  const plain = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const outgoing = request(server.url + path, {
    method: "POST",
    agent: false,
    headers: { ...plain, ...headers, "content-length": Buffer.byteLength(text) },
  });
  outgoing.on("error", () => {});
  outgoing.end(text);
  return outgoing;
}

/** Jobs that were accepted. */
async function jobsSoFar(): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  let cursor: string | null = "";
  for (let jobs = 0; ; ) {
    const url: string = `${server.url}/v1/jobs?limit=100${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = (await (await fetch(url, { headers })).json()) as {
      readonly data: unknown[];
      readonly next_cursor: string | null;
    };
    jobs += page.data.length;
    if (page.next_cursor === null) return jobs;
    cursor = page.next_cursor;
  }
}

it.each(routes)(
  "holds no images of requests to %s that wait for their jobs",
  async (path, body, headers) => {
    const before = await jobsSoFar();
    const waiting: ClientRequest[] = [];
    try {
      for (let i = 0; i < requestsOfEach; i++) {
        waiting.push(send(path, body(`${before} ${i}`), headers));
        await vi.waitUntil(async () => (await jobsSoFar()) > before + i, { interval: 20, timeout: 60_000 });
      }
      // What is only garbage is collected at some time.
      await vi.waitFor(() => expect(memory.heapUsed).toBeLessThan(mostHeapBytes), { interval: 100, timeout: 10_000 });
      expect(waiting.filter(({ destroyed }) => destroyed).length, "no longer wait").toBe(0);
    } finally {
      for (const one of waiting) one.destroy();
    }
  },
  300_000,
);
