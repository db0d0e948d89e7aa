import type { Scheduler } from "../scheduler.ts";
import type { Payer } from "./payers.ts";

/** What a row of a catalogue should come to. */
type Fate = "drawn" | "refused" | "fails";

interface Cells {
  readonly sku: string;
  readonly title: string;
}

interface Service {
  readonly scheduler: Scheduler;
  request(path: string, init: RequestInit): Promise<Response>;
  /** Rows of a run whose request brings the first of them: a body holds a thousand, and a file fifty times as many. */
  readonly wholeTables: Map<string, readonly Cells[]>;
}

interface SeenRun {
  readonly id: string;
  readonly status: string;
  readonly paused: { readonly code: string } | null;
}

const over: ReadonlySet<string> = new Set(["completed", "failed", "expired", "canceled"]);
/** Micro-units of one small image in the batch lane, by the example prices. */
const price = 2;

/**
 * A client that wants one catalogue run: it looks at it now and then, asks it to go on where errors repeat, and cancels
 * it where its own limit stops it.
 */
export class CatalogueClient {
  readonly payer: Payer;
  /** By SKU, in the order of the file. */
  readonly rows: ReadonlyMap<string, Fate>;
  readonly maxCost: number | undefined;
  readonly complaints: string[] = [];
  runId: string | undefined;
  done = false;
  readonly #service: Service;
  readonly #index: number;

  constructor(index: number, payer: Payer, rows: number, service: Service) {
    this.#index = index;
    this.payer = payer;
    this.#service = service;
    const { scheduler } = service;
    const fates = Array.from({ length: rows }, (): Fate => {
      if (scheduler.chance(0.05)) return "refused";
      return scheduler.chance(0.02) ? "fails" : "drawn";
    });
    this.rows = new Map(fates.map((fate, row) => [`catalogue-${index}-${row}`, fate]));
    this.maxCost = scheduler.chance(0.3) ? scheduler.between(1, rows) * price : undefined;
  }

  async live(): Promise<void> {
    const { scheduler } = this.#service;
    const rows = this.#cells();
    this.#service.wholeTables.set(rows[0]!.sku, rows);
    const shots = [{ id: "main", method: "draw", size: "64x64", steps: 1, prompt: "{{title}}" }];
    const run_key = `key-${this.#index}`;
    const order = { source: { rows: rows.slice(0, 1) }, shots, run_key, start: true, max_cost: this.maxCost };
    let run = await this.#until("POST", "/v1/runs", order);
    this.runId = run?.id;
    while (run !== undefined && !over.has(run.status)) {
      await scheduler.clock.sleep(scheduler.between(5_000, 30_000));
      const path = `/v1/runs/${run.id}`;
      run = await this.#until("GET", path);
      if (run?.paused?.code === "max_cost") run = await this.#until("POST", `${path}/cancel`);
      else if (run?.paused?.code.startsWith("breaker:")) run = await this.#until("POST", `${path}/resume`);
    }
    this.done = true;
  }

  #cells(): Cells[] {
    return [...this.rows].map(([sku, fate]) => {
      return { sku, title: fate === "refused" ? "" : fate === "fails" ? `impossible ${sku}` : `cup ${sku}` };
    });
  }

  /** Sends until there is a response that says yes or no. */
  async #until(method: string, path: string, body?: object): Promise<SeenRun | undefined> {
    const { scheduler } = this.#service;
    for (let tries = 0; tries < 200; tries++) {
      const headers = {
        authorization: `Bearer ${this.payer.key}`,
        "x-stainless-retry-count": `${tries}`,
        ...(body && { "content-type": "application/json" }),
      };
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
      const response = await this.#service.request(path, init).catch(() => undefined);
      if (response?.ok) return (await response.json()) as SeenRun;
      if (response !== undefined && response.status < 500 && response.status !== 429) {
        this.complaints.push(`${path} was answered ${response.status}: ${await response.text()}`);
        return undefined;
      }
      await scheduler.clock.sleep(scheduler.between(200, 2_000));
    }
    this.complaints.push(`${path} was never answered`);
    return undefined;
  }
}
