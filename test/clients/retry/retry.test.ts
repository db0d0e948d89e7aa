import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createOpenAI } from "@ai-sdk/openai";
import { generateImage } from "ai";
import { describe, expect, it } from "vitest";
import { openApiServer } from "../../support/api/api-server.ts";
import { runningClock } from "../../support/fast-clock.ts";
import { type Fault, openMisbehavingProxy } from "./misbehaving-proxy.ts";
import { clients, type Draw } from "./retrying-clients.ts";

/** Measures each client's retries after a fault on the way, and their cost: the table of docs/clients/retry.md. */

const deduplicationWindowS = 300;

/** A client that asks this often without end would ask for ever. */
const patience = 100;

const once = (fault: Fault) => (n: number) => (n === 0 ? fault : undefined);
const always = (status: number) => (n: number) => ({ kind: "answer", status: n < patience ? status : 400 }) as const;
const answer = (status: number, headers = {}) => once({ kind: "answer", status, headers });

const cases: { readonly [name: string]: (n: number) => Fault | undefined } = {
  "cut before the server has it": once({ kind: "cut before" }),
  "cut while it is drawn": once({ kind: "cut while drawing" }),
  "504 while it is drawn": once({ kind: "answer while drawing", status: 504 }),
  "409 once": answer(409),
  "429 once": answer(429, { "retry-after": "1" }),
  "500 once": answer(500),
  "502 once": answer(502),
  "503 once": answer(503),
  "429 always": always(429),
  "503 always": always(503),
  "cut in the answer": once({ kind: "cut in the answer" }),
  "answer lost unseen": once({ kind: "lost answer" }),
};

/** Clients that mark what they send again. */
const marking = { openai: true, langchain: true };

/** Cases in which the server has the request and the client retries: what a deduplication window is for. */
const windowCases = Object.fromEntries(
  ["cut while it is drawn", "504 while it is drawn", "cut in the answer", "answer lost unseen"].map(
    (name) => [name, cases[name]!] as const,
  ),
);

/** One client's run: its POSTs, the jobs they made, how many of those are charged, and how it ended. */
async function measure(
  draw: Draw,
  fault: (n: number) => Fault | undefined,
  { headers, windowS }: { readonly headers?: { readonly [name: string]: string }; readonly windowS?: number } = {},
) {
  const api = await openApiServer({ clock: runningClock() });
  const key =
    windowS === undefined
      ? api.key
      : (await api.apiKeys.createKey(api.account.id, { deduplicationWindowS: windowS })).value;
  const { promise: drawing, resolve: begin } = Promise.withResolvers<void>();
  const { promise: hit, resolve: onHit } = Promise.withResolvers<void>();
  const isHeld = fault(0)?.kind.endsWith("while drawing");
  api.beforeDrawing(async () => {
    begin();
    if (isHeld) await hit;
  });
  const proxy = await openMisbehavingProxy({ target: api.url, fault, drawing: () => drawing, onHit });
  try {
    const drawn = await draw(proxy.url, key, headers).then(
      () => true,
      () => false,
    );
    // A job whose client has gone is still being drawn.
    await api.activity.until(
      async () => (await api.allJobs()).every(({ status }) => status === "succeeded") || undefined,
    );
    const jobs = await api.allJobs();
    const balance = (await (await api.request("GET", "/v1/balance")).json()) as { spent_this_month: number };
    const price = jobs[0]?.price?.amount ?? 1;
    return { posts: proxy.posts(), jobs: jobs.length, charged: balance.spent_this_month / price, drawn };
  } finally {
    proxy.close();
    await api.close();
  }
}

type Measured = Awaited<ReturnType<typeof measure>>;

/** As a cell of the table: requests, jobs, end. */
function cell({ posts, jobs, drawn }: Measured): string {
  return `${posts > patience ? "endless" : posts}, ${jobs}${drawn ? "" : ", error"}`;
}

type Table = { readonly [client: string]: { readonly [fault: string]: string } };

/** The table of the page that has a column per client: by client, by case, what is written. */
function documented(): Table {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/clients/retry.md"), "utf8");
  const block = page.split("\n\n").find((text) => text.startsWith("| fault |")) ?? "";
  const [[, ...names] = [], , ...body] = block.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((text) => text.trim()),
  );
  const table: { [client: string]: { [fault: string]: string } } = {};
  for (const [fault = "", ...cells] of body) {
    for (const [i, text] of cells.entries()) (table[names[i]!] ??= {})[fault] = text;
  }
  return table;
}

const table = documented();

it("has a column for every client and a row for every case", () => {
  expect(Object.keys(table)).toEqual(Object.keys(clients));
  for (const column of Object.values(table)) expect(Object.keys(column)).toEqual(Object.keys(cases));
});

// Mostly waiting: the clients' own delays between requests.
describe.concurrent.each(Object.entries(clients))("%s", (name, draw) => {
  it.concurrent.each(Object.entries(cases))("%s", async (faultName, fault) => {
    const measured = await measure(draw, fault);
    expect(cell(measured)).toBe(table[name]?.[faultName]);
    expect(measured.charged).toBe(measured.jobs);
    // A response that was sent whole and lost further on leaves no trace: an unmarked repetition is a second order.
    expect(measured.jobs).toBeLessThanOrEqual(name in marking || !(faultName in windowCases) ? 1 : 2);
    if (measured.drawn) expect(measured.jobs).toBeGreaterThanOrEqual(1);
  });
});

describe.concurrent.each(Object.entries(clients))("%s, with a deduplication window", (name, draw) => {
  it.concurrent.each(Object.entries(windowCases))("%s", async (faultName, fault) => {
    const measured = await measure(draw, fault, { windowS: deduplicationWindowS });
    expect(cell(measured)).toBe(table[name]?.[faultName]?.replace(/^2, 2/, "2, 1"));
    expect([measured.jobs, measured.charged]).toEqual([1, 1]);
  });
});

it("leaves the requests that one call is split into separate orders, window or not", async () => {
  const api = await openApiServer();
  try {
    const { value: apiKey } = await api.apiKeys.createKey(api.account.id, { deduplicationWindowS });
    const model = createOpenAI({ baseURL: `${api.url}/v1`, apiKey }).image("z-image-turbo");
    const ask = () => generateImage({ model, prompt: "a red cup", size: "64x64", n: 3, maxImagesPerCall: 1 });
    expect((await ask()).images).toHaveLength(3);
    expect(await api.allJobs()).toHaveLength(3);
    await ask();
    expect(await api.allJobs(), "asked for again").toHaveLength(3);
  } finally {
    await api.close();
  }
});

describe.concurrent("who asks for the same on purpose gets as many images", () => {
  it.concurrent.each(Object.entries(clients).filter(([name]) => name !== "huggingface"))("%s", async (_, draw) => {
    const api = await openApiServer({ clock: runningClock() });
    try {
      for (let i = 0; i < 3; i++) await draw(api.url, api.key);
      expect(await api.allJobs()).toHaveLength(3);
    } finally {
      await api.close();
    }
  });
});

const withHeaders = ["openai", "ai: openai", "ai: compatible", "ai: replicate", "ai: fal", "replicate", "fal: run"];

const synchronous = Object.entries(clients).filter(([name]) => name !== "fal: subscribe");

describe.concurrent("a job that is canceled meanwhile is not asked for again", () => {
  it.concurrent.each(synchronous)("%s", async (_, draw) => {
    const api = await openApiServer();
    await api.worker.stop();
    try {
      // replicate's `run` gives null for it, the others throw.
      const ended = draw(api.url, api.key).catch(() => {});
      await api.activity.until(async () => (await api.allJobs()).length > 0 || undefined);
      await api.jobs.requestCancel((await api.allJobs())[0]!.id);
      await ended;
      expect(await api.allJobs()).toHaveLength(1);
    } finally {
      await api.close();
    }
  });
});

describe.concurrent("with an Idempotency-Key, an answer that is lost unseen is not charged again", () => {
  it.concurrent.each(withHeaders)("%s", async (name) => {
    const lost = once({ kind: "lost answer" });
    const headers = { "Idempotency-Key": `order-1 ${name}` };
    const measured = await measure(clients[name]!, lost, { headers });
    expect([measured.jobs, measured.charged]).toEqual([1, 1]);
  });
});
