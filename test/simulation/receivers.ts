import type { DeliveryRequest } from "../../functions/webhook/deliver.ts";
import { PipelineError } from "../../shared/errors.ts";
import { guardedFetchTimeoutMs } from "../../shared/limits.ts";
import type { GuardedResponse } from "../../shared/net/guarded-fetch.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

/** One message as a receiver took it in. */
export interface Receipt {
  readonly at: number;
  readonly url: string;
  readonly messageId: string;
  readonly type: string;
  readonly jobId: string;
  readonly jobStatus: string;
}

/**
 * `good` answers 200. `flaky` hangs, answers 500 or closes early, up to twice a message. `dead` never answers at all.
 */
export type Temper = "good" | "flaky" | "dead";

const maxBadAnswers = 2;

/**
 * The servers of the clients. What they count as received is what they acted on: an answer of 2xx, sent or about to be.
 */
export class Receivers {
  readonly receipts: Receipt[] = [];
  readonly #scheduler: Scheduler;
  readonly #tempers: ReadonlyMap<string, Temper>;
  readonly #badAnswers = new Map<string, number>();
  calm = false;

  constructor(scheduler: Scheduler, tempers: ReadonlyMap<string, Temper>) {
    this.#scheduler = scheduler;
    this.#tempers = tempers;
  }

  /** `guardedFetch` as a process of the service has it: the same errors, another network. */
  fetchFrom(process: SimulatedProcess): (url: string, request: DeliveryRequest) => Promise<GuardedResponse> {
    return (url, { headers = {}, body, signal }) => {
      const { promise, resolve, reject } = Promise.withResolvers<GuardedResponse>();
      const scheduler = this.#scheduler;
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      const later = (ms: number, hear: () => void) =>
        void process.clock.sleep(ms).then(() => {
          hear();
        });
      scheduler.after(scheduler.between(1, 60), () => {
        if (!process.alive && scheduler.chance(0.5)) return;
        const messageId = headers["webhook-id"] ?? "";
        const { type, data } = JSON.parse(String(body));
        const answer = this.#answer(url, messageId);
        scheduler.note(`${process.name} tells ${url} ${type} ${messageId}: ${answer}`);
        const receipt = { at: scheduler.now(), url, messageId, type, jobId: data.id, jobStatus: data.status };
        if (answer === "ok" || answer === "closed after") this.receipts.push(receipt);
        if (answer === "ok") return later(scheduler.between(1, 300), () => resolve(response(200)));
        if (answer === "500") return later(scheduler.between(1, 300), () => resolve(response(500)));
        const [ms, code] = answer === "hang" ? [guardedFetchTimeoutMs, "webhook_timeout"] : [5, "webhook_unreachable"];
        later(ms, () => reject(new PipelineError(code, answer, { retryable: true })));
      });
      return promise;
    };
  }

  #answer(url: string, messageId: string): "ok" | "500" | "hang" | "closed before" | "closed after" {
    const temper = this.#tempers.get(url) ?? "good";
    if (temper === "dead") return "hang";
    const bad = this.#badAnswers.get(messageId) ?? 0;
    if (temper === "good" || this.calm || bad >= maxBadAnswers || this.#scheduler.chance(0.6)) return "ok";
    this.#badAnswers.set(messageId, bad + 1);
    return this.#scheduler.pick(["500", "hang", "closed before", "closed after"] as const);
  }
}

function response(status: number): GuardedResponse {
  return { status, headers: {}, body: new Uint8Array(), truncated: false };
}
