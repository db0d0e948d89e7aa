import { readFileSync } from "node:fs";
import type { ReportOne } from "../report.ts";
import { type Summary, summarise } from "../statistics.ts";

/** A data folder with the jobs of one account. */
export interface Store {
  readonly dataDir: string;
  readonly key: string;
  readonly ids: readonly string[];
}

/** One that is served. */
export interface Running extends Store {
  readonly url: string;
  /** Id of the process that serves requests. */
  readonly pid: number;
}

/** How much slower than beside the empty store anything but a report may be. */
const mostTimes = 2;
/** More work of the process than beside the empty store that counts as more. */
const mostWork = 1.5;
/** Differences below this are the machine's. */
const noiseMs = 5;
const warmUps = 20;
/** Linux counts processor time in hundredths of a second. */
const tickMs = 10;

export function isSlow(empty: number, full: number): boolean {
  return full > mostTimes * empty && full - empty > noiseMs;
}

export function judge(what: string, empty: number, full: number, slow: string[]): void {
  if (isSlow(empty, full)) slow.push(`${what}: ${full.toFixed(1)} ms, with an empty store ${empty.toFixed(1)} ms`);
}

type Kinds = { readonly [what: string]: (store: Running, i: number) => Promise<unknown> };

/** Every kind of request to both services, in turn: what is slow beside the full store alone, and works more for it. */
export async function compareRequests(empty: Running, full: Running, count: number, say: ReportOne, slow: string[]) {
  const body = { prompt: "a red fox in fresh snow at dawn", width: 128, height: 128, steps: 8, seed: 1 };
  const any = ({ ids }: Store, i: number) => ids[(i * 7_919) % ids.length]!;
  const next = new Map<Running, string>();
  const kinds: Kinds = {
    "GET /v1/jobs/{id}": (store, i) => call(store, `/v1/jobs/${any(store, i)}`),
    "GET /v1/jobs": (store) => call(store, "/v1/jobs"),
    "GET /v1/jobs, a page further on": async (store) => {
      const cursor = next.get(store);
      const page = (await call(store, `/v1/jobs${cursor === undefined ? "" : `?cursor=${cursor}`}`)) as Page;
      if (page.next_cursor === null) next.delete(store);
      else next.set(store, encodeURIComponent(page.next_cursor));
    },
    "GET /v1/jobs?status=failed": (store) => call(store, "/v1/jobs?status=failed&limit=5"),
    "GET /v1/jobs?metadata[project]": (store) => call(store, "/v1/jobs?metadata[project]=p7&limit=2"),
    "POST /v1/quotes": (store) => call(store, "/v1/quotes", body),
    "GET /v1/balance": (store) => call(store, "/v1/balance"),
    "POST /v1/jobs": (store) => call(store, "/v1/jobs", body),
  };
  for (const [what, request] of Object.entries(kinds)) {
    const [first, second] = await inTurn(empty, full, count, request);
    const work = `${second.cpuMs.toFixed(1)} and ${first.cpuMs.toFixed(1)} ms of CPU`;
    const detail =
      `p50 ${second.median.toFixed(1)}, ${work}; empty store p99 ${first.p99.toFixed(1)}, p50 ` +
      `${first.median.toFixed(1)}`;
    say(`${what}, p99`, second.p99, "ms", detail);
    // Where neighbours share the machine, only the work itself tells: a little more of it waits much longer for its
    // turn.
    if (second.cpuMs > mostWork * first.cpuMs || second.cpuMs === 0) judge(`${what}, p99`, first.p99, second.p99, slow);
  }
}

/** Each request goes to the two services one right after the other, so that both have the machine as it is then. */
async function inTurn(
  empty: Running,
  full: Running,
  count: number,
  request: Kinds[string],
): Promise<[Measured, Measured]> {
  const times: [number[], number[]] = [[], []];
  const stores = [empty, full];
  let before = [0, 0];
  for (let i = -warmUps; i < count; i++) {
    if (i === 0) before = stores.map(cpuMs);
    for (const [which, store] of stores.entries()) {
      const start = performance.now();
      await request(store, i + warmUps);
      if (i >= 0) times[which]!.push(performance.now() - start);
    }
  }
  const [first, second] = stores.map((store, which) => ({
    ...summarise(times[which]!),
    cpuMs: (cpuMs(store) - before[which]!) / count,
  }));
  return [first!, second!];
}

interface Measured extends Summary {
  /** CPU time of the serving process per request; 0 where the system does not tell. */
  readonly cpuMs: number;
}

function cpuMs({ pid }: Running): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name stands in parentheses; user and system time are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return tickMs * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}

interface Page {
  readonly next_cursor: string | null;
}

export async function call({ url, key }: Running, path: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const response = await fetch(url + path, {
    method: body === undefined ? "GET" : "POST",
    headers,
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
  return path.includes(".csv") ? text : JSON.parse(text);
}
