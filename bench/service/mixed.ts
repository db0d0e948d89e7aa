import { statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PipelineError } from "../../shared/errors.ts";
import { type Report, reportOf } from "../report.ts";
import { quantile, summarise } from "../statistics.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";
import { type TreeUse, treeUse } from "./process-tree.ts";

export interface MixedOptions {
  readonly seconds: number;
  /** Jobs submitted per second. */
  readonly rate: number;
}

const sampleMs = 2_000;
const batchEveryMs = 15_000;
const batchLines = 10;
/** Parts of the time that are compared: the second fifth, when everything is warm, and the last. */
const parts = 5;
/** Growth from the one to the other that is no growth: what a garbage collector leaves, or a few connections. */
const slack = { rss: 60e6, descriptors: 15, wal: 8e6 } as const;
const mostGrowth = 1.25;

interface Sample extends TreeUse {
  readonly walBytes: number;
  readonly logBytes: number;
}

/**
 * `npm start` with a worker under everything at once: jobs with webhooks whose receiver fails every second time,
 * followed over server-sent events, every fifth of them cancelled, and batches beside them. What the processes hold is
 * measured all the while.
 *
 * @throws PipelineError `grows` naming what is larger at the end than after the first minutes
 */
export async function benchMixed(report: Report, { seconds, rate }: MixedOptions): Promise<void> {
  const say = reportOf("mixed", report);
  const receiver = await failingReceiver();
  const server = await startLocalServer(1);
  const mix = new Mix(server, `http://127.0.0.1:${(receiver.server.address() as AddressInfo).port}/hook`);
  try {
    await mix.warmUp();
    const samples: Sample[] = [];
    const until = performance.now() + 1_000 * seconds;
    const watch = async () => {
      while (performance.now() < until) {
        samples.push({ ...treeUse(server.pid), walBytes: walBytes(server.dataDir), logBytes: server.logBytes() });
        await sleep(sampleMs);
      }
    };
    await Promise.all([watch(), mix.submitUntil(until, rate), mix.batchesUntil(until)]);
    const { submitted, followed, canceled, batches, latencies } = mix;
    const { median, p99 } = summarise(latencies);
    say(
      "jobs submitted",
      submitted,
      "jobs",
      `${rate}/s over ${seconds} s; POST p50 ${median.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
    );
    say("events followed", followed, "events", `${canceled} jobs cancelled, ${batches} batches of ${batchLines} lines`);
    say("webhooks attempted", receiver.attempts(), "", `${receiver.failures()} of them answered 500`);
    compare(samples, say);
  } finally {
    mix.stop();
    receiver.server.closeAllConnections();
    receiver.server.close();
    await server.stop();
  }
}

function compare(samples: readonly Sample[], say: ReturnType<typeof reportOf>): void {
  const part = Math.floor(samples.length / parts);
  const [early, late] = [samples.slice(part, 2 * part), samples.slice(-part)];
  const grown: string[] = [];
  const median = (of: readonly Sample[], name: "rssBytes" | "descriptors" | "walBytes") =>
    quantile(
      of.map((sample) => sample[name]),
      0.5,
    );
  const judge = (what: string, before: number, after: number, unit: string, allowed: number) => {
    say(what, after, unit, `second fifth of the time ${before.toFixed(0)}`);
    if (after > mostGrowth * before && after - before > allowed) grown.push(`${what}: ${before} to ${after} ${unit}`);
  };
  const MB = 1e6;
  judge("RSS of all processes", median(early, "rssBytes") / MB, median(late, "rssBytes") / MB, "MB", slack.rss / MB);
  judge("open descriptors", median(early, "descriptors"), median(late, "descriptors"), "", slack.descriptors);
  judge("write-ahead logs", median(early, "walBytes") / MB, median(late, "walBytes") / MB, "MB", slack.wal / MB);
  const perMinute = (of: readonly Sample[]) =>
    ((of.at(-1)!.logBytes - of[0]!.logBytes) * 60_000) / (sampleMs * Math.max(1, of.length - 1)) / 1_000;
  judge("log", perMinute(early), perMinute(late), "kB/min", 20);
  if (grown.length > 0) throw new PipelineError("grows", `grows under a steady load:\n  ${grown.join("\n  ")}`);
}

function walBytes(dataDir: string): number {
  const sizes = ["items.db", "queue.db"].map(
    (name) => statSync(join(dataDir, `${name}-wal`), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function failingReceiver(): Promise<{ server: Server; attempts: () => number; failures: () => number }> {
  let attempts = 0;
  let failures = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.once("end", () => {
      const fails = attempts++ % 2 === 0;
      if (fails) failures++;
      response.writeHead(fails ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, attempts: () => attempts, failures: () => failures };
}

/** The clients of the service. */
class Mix {
  submitted = 0;
  followed = 0;
  canceled = 0;
  batches = 0;
  readonly latencies: number[] = [];
  readonly #server: LocalServer;
  readonly #hook: string;
  readonly #stop = new AbortController();

  constructor(server: LocalServer, hook: string) {
    this.#server = server;
    this.#hook = hook;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** The model is loaded. */
  async warmUp(): Promise<void> {
    await this.#json("/v1/jobs", { ...image, steps: 1 }, { prefer: "wait=300" });
  }

  async submitUntil(until: number, rate: number): Promise<void> {
    const followers: Promise<void>[] = [];
    const start = performance.now();
    for (let i = 0; performance.now() < until; i++) {
      const early = start + (i * 1_000) / rate - performance.now();
      if (early > 1) await sleep(early);
      const begun = performance.now();
      const webhook = { url: this.#hook, events: ["job.succeeded", "job.canceled"] };
      const { id } = (await this.#json("/v1/jobs", { ...image, seed: i, webhook })) as { id: string };
      this.latencies.push(performance.now() - begun);
      this.submitted++;
      if (i % 5 === 0) {
        await this.#json(`/v1/jobs/${id}/cancel`, {});
        this.canceled++;
      } else followers.push(this.#follow(id));
    }
    this.stop();
    await Promise.all(followers);
  }

  async batchesUntil(until: number): Promise<void> {
    while (performance.now() < until) {
      const lines = Array.from({ length: batchLines }, (_, i) => {
        const body = { prompt: "a red fox", size: "64x64", steps: 1, seed: i };
        return JSON.stringify({ custom_id: `${i}`, method: "POST", url: "/v1/images/generations", body });
      });
      const form = new FormData();
      form.set("purpose", "batch");
      form.set("file", new Blob([lines.join("\n")]), "in.jsonl");
      const { url } = this.#server;
      const uploaded = await fetch(`${url}/v1/files`, { method: "POST", headers: this.#headers(), body: form });
      if (!uploaded.ok) throw new Error(`POST /v1/files answered ${uploaded.status}: ${await uploaded.text()}`);
      const { id } = (await uploaded.json()) as { id: string };
      const order = { input_file_id: id, endpoint: "/v1/images/generations", completion_window: "24h" };
      await this.#json("/v1/batches", order);
      this.batches++;
      await sleep(Math.min(batchEveryMs, Math.max(0, until - performance.now())));
    }
  }

  /** Reads the events of a job to their end, or to that of the bench. */
  async #follow(id: string): Promise<void> {
    const { signal } = this.#stop;
    try {
      const response = await fetch(`${this.#server.url}/v1/jobs/${id}/events`, { headers: this.#headers(), signal });
      for await (const chunk of response.body!) {
        this.followed += new TextDecoder().decode(chunk).split("\nevent:").length - 1;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #headers() {
    return { authorization: `Bearer ${this.#server.key}` };
  }

  async #json(path: string, body: object, more: { readonly [name: string]: string } = {}): Promise<unknown> {
    const headers = { ...this.#headers(), "content-type": "application/json", ...more };
    const response = await fetch(this.#server.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text);
  }
}

const image = { prompt: "a red fox in fresh snow at dawn", width: 64, height: 64, steps: 2 };
