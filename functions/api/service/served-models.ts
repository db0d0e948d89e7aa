import type { MiddlewareHandler } from "hono";
import type { CatalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { readServedModels } from "../../../shared/model-catalog/worker-models.ts";
import type { ApiDependencies, ApiEnv } from "../dependencies.ts";

/** The workers' records are read again after this: every request would otherwise read them. */
const keptMs = 1_000;

/** The models of the deployment's catalogue, with what their workers say of them. */
export class ServedModels {
  /** One array, whose entries change in place, so that routes may hold on to it. */
  readonly models: CatalogModel[];
  readonly #dependencies: Pick<ApiDependencies, "items" | "clock" | "log" | "models">;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> = Promise.resolve();

  constructor(dependencies: Pick<ApiDependencies, "items" | "clock" | "log" | "models">) {
    this.#dependencies = dependencies;
    this.models = [...dependencies.models];
  }

  /** Before whatever validates a request or lists models. */
  readonly middleware: MiddlewareHandler<ApiEnv> = async (c, next) => {
    if (c.req.method === "POST" || c.req.path.startsWith("/v1/models")) await this.refresh();
    await next();
  };

  /** When the store cannot be read, the last known models stay: requests are still served. */
  refresh(): Promise<void> {
    const { items, clock, log, models } = this.#dependencies;
    if (clock.now() - this.#readAt < keptMs) return this.#reading;
    this.#readAt = clock.now();
    this.#reading = readServedModels(items, models, this.#readAt).then(
      (served) => void this.models.splice(0, this.models.length, ...served),
      (error: unknown) => log("error", "failed to read what the workers can do", { error: String(error) }),
    );
    return this.#reading;
  }
}
