import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { openApi } from "../support/api/api-under-test.ts";
import { generateCase, type Route } from "./generate-case.ts";
import type { HealthAnswer } from "./health-probe.ts";
import { openHostileHost } from "./hostile-host.ts";
import type { LoopReport } from "./loop-report.ts";
import { sendCase } from "./send-case.ts";
import { startWatchedServer } from "./watched-server.ts";

/** The promise: `/healthz` answers within this, and the process has no more memory than that. */
const healthMs = 100;
const rssLimitBytes = 400_000_000;

/** The server's report of a time is waited for; on a busy machine it comes much later. */
const reportPatienceMs = 60_000;
const keptReportsMs = 180_000;

const key = "watchdog-key-of-one-machine";

export interface WatchdogOptions {
  readonly cases: number;
  readonly seed: number;
  /** First case; for a part of a longer run. @default 0 */
  readonly from?: number;
  /** Cases under way at once. @default 4 */
  readonly concurrency?: number;
  /** Called after every case, with the highest so far. */
  readonly onProgress?: (done: number, highestRssBytes: number) => void;
}

/** What broke the promise, with the cases that were under way. */
export interface Finding {
  readonly what: string;
  readonly underWay: ReadonlyMap<number, string>;
  /** It was measured in time, of which a busy machine takes a part: the same cases may not find it again. */
  readonly isTime: boolean;
}

export interface WatchdogReport {
  readonly findings: readonly Finding[];
  readonly cases: number;
  /** Responses by status; 0 for those that were cut. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Longest stretch of CPU time that the event loop was held. */
  readonly longestHeldCpuMs: number;
  readonly slowestHealthMs: number;
  readonly highestRssBytes: number;
}

/** Every route of the API and of its dialects. */
async function allRoutes(): Promise<Route[]> {
  const api = await openApi();
  const routes = api.app.routes.filter(({ method, path }) => method !== "ALL" && path !== "/*");
  await api.close();
  return routes.map(({ method, path }) => ({ method, path }));
}

/** Sends the cases of a seed to a server of its own, and watches that it goes on answering. */
export async function runWatchdog({
  cases,
  seed,
  from = 0,
  concurrency = 4,
  onProgress,
}: WatchdogOptions): Promise<WatchdogReport> {
  const [routes, host, server] = [await allRoutes(), await openHostileHost(), await startWatchedServer(key)];
  const context = { routes, key, hostileUrl: host.url };
  const underWay = new Map<number, string>();
  const watch = new Watch(() => new Map(underWay));
  server.onReport((report) => watch.loop(report));
  const probe = fork(join(import.meta.dirname, "health-probe.ts"), [server.url], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  probe.on("message", (answer: HealthAnswer) => watch.health(answer));
  try {
    let next = from;
    let done = 0;
    const sendAll = async () => {
      while (next < from + cases && server.ended === undefined) {
        const one = generateCase(seed, next++, context);
        const bytes = one.body.reduce((sum, piece) => sum + piece.length, 0);
        underWay.set(
          one.index,
          `case ${one.index}: ${one.repeats} × ${one.method} ${one.path.slice(0, 80)}, ${bytes} bytes`,
        );
        for (const status of await sendCase(server.url, one)) watch.answered(status, one.index);
        underWay.delete(one.index);
        onProgress?.(++done, watch.report().highestRssBytes);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, sendAll));
    await watch.settled();
    if (server.ended !== undefined) watch.find(`the server ended: ${server.ended}`);
  } finally {
    probe.disconnect();
    host.close();
    await server.stop();
  }
  return { ...watch.report(), cases };
}

/** Judges what server and probe tell. */
class Watch {
  readonly #findings: Finding[] = [];
  readonly #underWay: () => Finding["underWay"];
  readonly #statuses = new Map<number, number>();
  #longestHeldCpuMs = 0;
  #slowestHealthMs = 0;
  #highestRssBytes = 0;
  /** The last minutes'. */
  readonly #reports: LoopReport[] = [];
  readonly #judging = new Set<Promise<void>>();

  constructor(underWay: () => Finding["underWay"]) {
    this.#underWay = underWay;
  }

  loop(report: LoopReport): void {
    const { heldCpuMs, memory, to } = report;
    const rssBytes = memory.rss;
    this.#reports.push(report);
    while (this.#reports[0]!.to < to - keptReportsMs) this.#reports.shift();
    this.#longestHeldCpuMs = Math.max(this.#longestHeldCpuMs, heldCpuMs);
    if (heldCpuMs > healthMs) {
      this.find(`the event loop was held for ${heldCpuMs.toFixed()} ms of CPU time`, { isTime: true });
    }
    if (rssBytes > rssLimitBytes && rssBytes > this.#highestRssBytes) {
      const parts = Object.entries(memory).map(([part, bytes]) => `${part} ${(bytes / 1e6).toFixed()}`);
      this.find(`the process has ${(rssBytes / 1e6).toFixed()} MB (${parts.join(", ")})`);
    }
    this.#highestRssBytes = Math.max(this.#highestRssBytes, rssBytes);
  }

  health(answer: HealthAnswer): void {
    const { status, ms } = answer;
    this.#slowestHealthMs = Math.max(this.#slowestHealthMs, ms);
    if (status !== 200) this.find(`/healthz answered ${status}`);
    if (status !== 200 || ms <= healthMs) return;
    const judged = this.#judge(answer, this.#underWay()).finally(() => this.#judging.delete(judged));
    this.#judging.add(judged);
  }

  /** Resolves once every slow answer is judged. */
  async settled(): Promise<void> {
    await Promise.all(this.#judging);
  }

  /** Once the server has told of the same time. */
  async #judge({ sentAt, ms, ownDelayMs }: HealthAnswer, underWay: Finding["underWay"]): Promise<void> {
    const isTold = () => (this.#reports.at(-1)?.to ?? 0) >= sentAt + ms;
    for (let waited = 0; waited < reportPatienceMs && !isTold(); waited += 100) await setTimeout(100);
    const meanwhile = this.#reports.filter(({ from, to }) => to >= sentAt && from <= sentAt + ms);
    const noise = meanwhile.reduce((sum, { notRunningMs }) => sum + notRunningMs, ownDelayMs);
    if (ms - noise <= healthMs) return;
    this.find(`/healthz took ${ms.toFixed()} ms, of which the machine took ${noise.toFixed()} ms`, {
      underWay,
      isTime: true,
    });
  }

  answered(status: number, index: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if (status === 500) this.find(`case ${index} got 500`);
  }

  report(): Omit<WatchdogReport, "cases"> {
    return {
      findings: this.#findings,
      statuses: this.#statuses,
      longestHeldCpuMs: this.#longestHeldCpuMs,
      slowestHealthMs: this.#slowestHealthMs,
      highestRssBytes: this.#highestRssBytes,
    };
  }

  find(what: string, { underWay = this.#underWay(), isTime = false }: Partial<Finding> = {}): void {
    this.#findings.push({ what, underWay, isTime });
  }
}
