import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { ApiEnv } from "../dependencies.ts";
import { histogramSamples, type Metric } from "./metrics-text.ts";

const boundsS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300];
const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);

interface Durations {
  readonly within: number[];
  sum: number;
  count: number;
}

/** Requests of this process by method, route and status, and how long each route took to its response's head. */
export class RequestCounts {
  readonly #counts = new Map<string, { readonly labels: { readonly [name: string]: string }; value: number }>();
  readonly #durations = new Map<string, Durations>();
  readonly #clock: Pick<Clock, "now">;

  constructor({ clock }: { readonly clock: Pick<Clock, "now"> }) {
    this.#clock = clock;
  }

  readonly middleware: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const startedAt = this.#clock.now();
    await next();
    // The pattern, not the path: ids would make a series of every job. What no route has is one series.
    const pattern = c.res.status === 404 && routePath(c, -1) === "/*" ? "unknown" : routePath(c, -1);
    const method = methods.has(c.req.method) ? c.req.method : "other";
    this.#add({ method, route: pattern, status: String(c.res.status) }, (this.#clock.now() - startedAt) / 1_000);
  };

  #add(labels: { readonly method: string; readonly route: string; readonly status: string }, seconds: number): void {
    const key = `${labels.method} ${labels.route} ${labels.status}`;
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { labels, value: 1 });
    else count.value++;
    const durations = this.#durations.get(labels.route) ?? { within: boundsS.map(() => 0), sum: 0, count: 0 };
    this.#durations.set(labels.route, durations);
    durations.count++;
    durations.sum += seconds;
    for (const [i, bound] of boundsS.entries()) if (seconds <= bound) durations.within[i]!++;
  }

  metrics(): Metric[] {
    return [
      {
        name: "zimage_http_requests_total",
        type: "counter",
        help: "HTTP requests of this API process.",
        samples: [...this.#counts.values()],
      },
      {
        name: "zimage_http_request_duration_seconds",
        type: "histogram",
        help: "Time to the head of the response; held responses last as long as their job.",
        samples: [...this.#durations].flatMap(([route, durations]) => histogramSamples(boundsS, durations, { route })),
      },
    ];
  }
}
