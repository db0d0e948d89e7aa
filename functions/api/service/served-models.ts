import type { MiddlewareHandler } from "hono";
import { type CatalogModel, withFacts } from "../../../shared/model-catalog/model-catalog.ts";
import { readModelFacts } from "../../../shared/model-catalog/published-facts.ts";
import { readServedModels } from "../../../shared/model-catalog/worker-models.ts";
import type { ApiDependencies, ApiEnv } from "../dependencies.ts";

/** The workers' records are read again after this: every request would otherwise read them. */
const keptMs = 1_000;
/** A model's facts change with its weights alone, and a vocabulary is long. */
const factsKeptMs = 60_000;

/** The models of the deployment's catalogue, with what their workers say of them. */
export class ServedModels {
  /** One array, whose entries change in place, so that routes may hold on to it. */
  readonly models: CatalogModel[];
  readonly #dependencies: Pick<ApiDependencies, "items" | "clock" | "log" | "models">;
  /** The catalogue with the facts that workers have published. */
  #described: readonly CatalogModel[];
  #describedAt = Number.NEGATIVE_INFINITY;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> = Promise.resolve();

  constructor(dependencies: Pick<ApiDependencies, "items" | "clock" | "log" | "models">) {
    this.#dependencies = dependencies;
    this.models = [...dependencies.models];
    this.#described = dependencies.models;
  }

  /** Before whatever validates a request or lists models. */
  readonly middleware: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const { path } = c.req;
    const isNeeded = path.startsWith("/v1/models") || path.startsWith("/v1/vocabularies");
    if (c.req.method === "POST" || isNeeded) await this.refresh();
    await next();
  };

  /** When the store cannot be read, the last known models stay: requests are still served. */
  refresh(): Promise<void> {
    const { clock, log } = this.#dependencies;
    if (clock.now() - this.#readAt < keptMs) return this.#reading;
    this.#readAt = clock.now();
    this.#reading = this.#read(this.#readAt).then(
      (served) => void this.models.splice(0, this.models.length, ...served),
      (error: unknown) => log("error", "failed to read what the workers can do", { error: String(error) }),
    );
    return this.#reading;
  }

  async #read(now: number): Promise<CatalogModel[]> {
    const { items, models } = this.#dependencies;
    if (now - this.#describedAt >= factsKeptMs) {
      const ids = models.map(({ id }) => id);
      const facts = await readModelFacts(items, ids);
      this.#described = models.map((model) => withFacts(model, facts.get(model.id) ?? {}));
      this.#describedAt = now;
    }
    return readServedModels(items, this.#described, now);
  }
}
