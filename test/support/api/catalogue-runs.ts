import type * as z from "zod";
import type { runSchema } from "../../../functions/api/catalogue/run-responses.ts";
import type { ApiUnderTest } from "./api-under-test.ts";
import { feedOnce } from "./openai-batches.ts";

type PresentedRun = z.infer<typeof runSchema>;

const goingOn: ReadonlySet<string> = new Set(["importing", "running", "finishing", "canceling"]);

/** Two products that can be drawn, one of whose titles is a formula, and a third without a title, which cannot. */
export const teapotOrder = {
  source: {
    rows: [
      { sku: "N-001", title: "red teapot" },
      { sku: "N-002", title: "=cmd()" },
      { sku: "N-003", title: null },
    ],
  },
  shots: [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png", alt: "{{title}}" }],
};

/** Catalogue runs over the API, whose steps are taken and whose images are drawn on the way. */
export class CatalogueRuns {
  readonly #api: ApiUnderTest;

  constructor(api: ApiUnderTest) {
    this.#api = api;
  }

  /** @returns the parsed body, and the status */
  async call<Body = PresentedRun>(method: string, path: string, body?: object) {
    const response = await this.#api.request(method, path, body);
    return { status: response.status, body: (await response.json()) as Body };
  }

  /** Takes steps and draws until the run is over, or stops for another reason. */
  async settle(id: string): Promise<PresentedRun> {
    for (let passes = 0; passes < 200; passes++) {
      await feedOnce(this.#api);
      while (await this.#api.worker.workOnce());
      const { body } = await this.call("GET", `/v1/runs/${id}`);
      if (!goingOn.has(body.status)) return body;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`run ${id} does not end`);
  }

  /** A run that has drawn all it could. */
  async finished(order: object): Promise<PresentedRun> {
    const { status, body } = await this.call("POST", "/v1/runs", { start: true, ...order });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return this.settle(body.id);
  }
}
