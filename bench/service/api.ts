import { Agent, request } from "node:http";
import type { Report } from "../report.ts";
import { summarise } from "../statistics.ts";
import { startLocalServer } from "./local-server.ts";

const connections = 16;
const warmUpMs = 1000;
const measureMs = 5000;

/**
 * Requests per second of the two calls every client makes, over loopback, with durable (fsync) writes and no worker
 * beside it.
 */
export async function benchApi(report: Report): Promise<void> {
  const server = await startLocalServer(0);
  try {
    const headers = { authorization: `Bearer ${server.key}`, "content-type": "application/json" };
    const body = JSON.stringify({ prompt: "a red fox in fresh snow at dawn", width: 512, height: 512, seed: 1 });
    const created = await fetch(`${server.url}/v1/jobs`, { method: "POST", headers, body });
    if (created.status !== 202) throw new Error(`POST /v1/jobs answered ${created.status}: ${await created.text()}`);
    const { id } = (await created.json()) as { id: string };

    for (const [what, method, path, expected] of [
      ["POST /v1/jobs", "POST", "/v1/jobs", 202],
      ["GET /v1/jobs/{id}", "GET", `/v1/jobs/${id}`, 200],
      ["GET /healthz (framework floor)", "GET", "/healthz", 200],
    ] as const) {
      const load = { url: server.url + path, method, headers, expected, body: method === "POST" ? body : undefined };
      await drive(load, warmUpMs);
      const { latencies, seconds } = await drive(load, measureMs);
      const { median, p99 } = summarise(latencies);
      const detail = `${connections} connections, p50 ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
      report({ bench: "api", what, value: latencies.length / seconds, unit: "req/s", detail });
    }
  } finally {
    await server.stop();
  }
}

interface Load {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly expected: number;
}

async function drive(load: Load, forMs: number): Promise<{ latencies: number[]; seconds: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies: number[] = [];
  const start = performance.now();
  const client = async () => {
    while (performance.now() - start < forMs) {
      const sent = performance.now();
      const status = await send(agent, load);
      if (status !== load.expected) throw new Error(`${load.method} ${load.url} answered ${status}`);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  agent.destroy();
  return { latencies, seconds: (performance.now() - start) / 1000 };
}

function send(agent: Agent, { url, method, headers, body }: Load): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
