import type { Scheduler } from "./scheduler.ts";
import type { Tenant } from "./tenant.ts";

/**
 * `keyed` sends again, under its Idempotency-Key, until it is answered; `resending` does so without a key and says
 * which try it is. `careless` sends once. `waiting` holds on for the result and goes. `watching` looks at the job's
 * progress for a while.
 */
type Kind = "keyed" | "resending" | "careless" | "waiting" | "watching";

/** What a client knows of the world: its time and chance, and a connection that may be lost. */
export interface Service {
  readonly scheduler: Scheduler;
  /** @throws TypeError when the connection is lost */
  request(path: string, init: RequestInit): Promise<Response>;
}

/** A client that wants one job: it retries, cancels, waits and drops, as its kind and the seed say. */
export class SimulatedClient {
  readonly name: string;
  readonly tenant: Tenant;
  readonly kind: Kind;
  /** Every id it was ever told, for one and the same wish. */
  readonly toldIds = new Set<string>();
  /** Answers that no client should get. */
  readonly complaints: string[] = [];
  done = false;
  readonly #service: Service;
  readonly #body: string;

  constructor(name: string, tenant: Tenant, service: Service) {
    this.name = name;
    this.tenant = tenant;
    this.#service = service;
    const { scheduler } = service;
    this.kind = scheduler.pick(["keyed", "keyed", "resending", "careless", "waiting", "watching"] as const);
    const events = scheduler.pick([
      undefined,
      ["job.started", "job.succeeded", "job.failed", "job.canceled"],
      undefined,
    ]);
    this.#body = JSON.stringify({
      prompt: scheduler.chance(0.04) ? `impossible ${name}` : name,
      size: "64x64",
      steps: scheduler.between(1, 3),
      n: scheduler.between(1, 2),
      metadata: { client: name },
      priority: scheduler.chance(0.3) ? "batch" : undefined,
      webhook: scheduler.chance(0.7) ? { url: tenant.ownUrl, events } : undefined,
      deadline_s: scheduler.chance(0.1) ? scheduler.between(1, 20) : undefined,
    });
  }

  async live(): Promise<void> {
    const { scheduler } = this.#service;
    const id = await this.#submit();
    if (id !== undefined && this.kind === "watching") await this.#watch(id);
    if (id !== undefined && scheduler.chance(0.15)) {
      await scheduler.clock.sleep(scheduler.between(0, 8_000));
      for (let tries = 0; tries < 5; tries++) {
        const answer = await this.#send(`/v1/jobs/${id}/cancel`);
        if (answer !== undefined && answer.status < 300) break;
        await scheduler.clock.sleep(500);
      }
    }
    this.done = true;
  }

  async #watch(id: string): Promise<void> {
    const { scheduler } = this.#service;
    for (let looks = scheduler.between(1, 30); looks > 0; looks--) {
      const answer = await this.#send(`/v1/jobs/${id}`, { method: "GET" });
      if (answer !== undefined && /"finished_at":"/.test(answer.body)) return;
      await scheduler.clock.sleep(scheduler.between(200, 1_000));
    }
  }

  async #submit(): Promise<string | undefined> {
    const { scheduler } = this.#service;
    const keyed = this.kind !== "resending" && this.kind !== "careless";
    for (let tries = 0; tries < 200; tries++) {
      const headers = {
        ...(keyed && { "idempotency-key": this.name }),
        ...(this.kind === "resending" && { "x-stainless-retry-count": String(tries) }),
        ...(this.kind === "waiting" && { prefer: "wait=8" }),
      };
      const answer = await this.#send("/v1/jobs", { body: this.#body, headers });
      scheduler.note(`${this.name} answered ${answer?.status ?? "nothing"}`);
      if (answer !== undefined && answer.status < 300) {
        const { id } = JSON.parse(answer.body) as { id: string };
        this.toldIds.add(id);
        // Some ask again though they were answered: the answer did not reach the program behind them.
        if (this.kind === "careless" || !scheduler.chance(0.2)) return id;
      } else if (answer !== undefined && answer.status < 500) {
        this.complaints.push(`${this.name} was answered ${answer.status}: ${answer.body}`);
        return undefined;
      }
      if (this.kind === "careless") return undefined;
      await scheduler.clock.sleep(scheduler.between(100, 1_000));
    }
    return [...this.toldIds][0];
  }

  /** `undefined`: no answer, or none before patience ran out. */
  async #send(path: string, { headers: more, ...request }: { headers?: object; method?: "GET"; body?: string } = {}) {
    const { scheduler } = this.#service;
    const gone = new AbortController();
    const patience = scheduler.between(1_000, 10_000);
    const headers = { authorization: `Bearer ${this.tenant.key}`, "content-type": "application/json", ...more };
    const init = { method: "POST", headers, signal: gone.signal, ...request };
    const answer = this.#service.request(path, init).then(
      async (response) => ({ status: response.status, body: await response.text() }),
      () => undefined,
    );
    const first = await Promise.race([answer, scheduler.clock.sleep(patience).then(() => undefined)]);
    if (first === undefined) gone.abort();
    return first;
  }
}
