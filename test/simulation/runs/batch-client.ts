import type { Scheduler } from "../scheduler.ts";
import type { Payer } from "./payers.ts";

/** What a line of a batch should come to. */
type Fate = "drawn" | "refused" | "fails";

interface Service {
  readonly scheduler: Scheduler;
  request(path: string, init: RequestInit): Promise<Response>;
  upload(accountId: string, text: string): Promise<string>;
}

/** A client that wants one batch: it creates the batch of an uploaded file, and may cancel it or ask it to go on. */
export class BatchClient {
  readonly payer: Payer;
  /** By `custom_id`, in the order of the file. */
  readonly lines: ReadonlyMap<string, Fate>;
  readonly complaints: string[] = [];
  /** Ids of all batches that were made for the one wish: a response may have been lost. */
  batchIds: string[] = [];
  cancels = false;
  done = false;
  readonly #service: Service;

  constructor(index: number, payer: Payer, service: Service) {
    this.payer = payer;
    this.#service = service;
    const { scheduler } = service;
    const fates = Array.from({ length: scheduler.between(1, 30) }, (): Fate => {
      if (scheduler.chance(0.1)) return "refused";
      return scheduler.chance(0.05) ? "fails" : "drawn";
    });
    this.lines = new Map(fates.map((fate, line) => [`batch-${index}-line-${line}`, fate]));
  }

  async live(): Promise<void> {
    const { scheduler } = this.#service;
    const input_file_id = await this.#service.upload(this.payer.accountId, this.#text());
    const order = { input_file_id, endpoint: "/v1/images/generations", completion_window: "24h" };
    const created = await this.#until("/v1/batches", () => json(order));
    if (created !== undefined) {
      this.batchIds = [created.id];
      if (scheduler.chance(0.25)) {
        await scheduler.clock.sleep(scheduler.between(0, 40_000));
        this.cancels = true;
        await this.#until(`/v1/batches/${created.id}/cancel`, () => ({}));
      } else if (scheduler.chance(0.3)) {
        await scheduler.clock.sleep(scheduler.between(0, 60_000));
        await this.#until(`/v1/batches/${created.id}/resume`, () => ({}));
      }
    }
    this.done = true;
  }

  #text(): string {
    const lines = [...this.lines].map(([custom_id, fate]) => {
      const prompt = fate === "fails" ? `impossible ${custom_id}` : custom_id;
      const body = { prompt, size: fate === "refused" ? "65x64" : "64x64", steps: 1 };
      return JSON.stringify({ custom_id, method: "POST", url: "/v1/images/generations", body });
    });
    return lines.join("\n");
  }

  /** Sends until there is a response that says yes or no. */
  async #until(path: string, make: () => RequestInit): Promise<{ readonly id: string } | undefined> {
    const { scheduler } = this.#service;
    for (let tries = 0; tries < 200; tries++) {
      const init = make();
      const headers = {
        ...init.headers,
        authorization: `Bearer ${this.payer.key}`,
        "x-stainless-retry-count": `${tries}`,
      };
      const response = await this.#service.request(path, { ...init, method: "POST", headers }).catch(() => undefined);
      if (response?.ok) return (await response.json()) as { id: string };
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

function json(body: object): RequestInit {
  return { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}
