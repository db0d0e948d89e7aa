import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import { catalogModel } from "../../shared/request/model-catalog.ts";
import {
  maxPublishedAdapters,
  publishEveryMs,
  publishWorkerModel,
  type WorkerModel,
} from "../../shared/request/worker-models.ts";
import type { ModelInfo } from "../engine.ts";
import type { Log } from "../log.ts";
import type { AdapterCatalog, AdapterKind } from "./adapter-catalog.ts";

/** A file put into the adapter folder is known to the API after this long. */
const lookEveryMs = 1_000;

export interface PublishModelDependencies {
  readonly items: Items;
  readonly workerId: string;
  readonly model: ModelInfo;
  /** @default none are known */
  readonly adapters: AdapterCatalog | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Tells the API what this worker can do, until `signal` aborts: once a minute, and at once when its adapters change. A failed write is
 * logged and repeated: the API falls back on its catalogue meanwhile.
 */
export async function publishModel(
  { items, workerId, model, adapters, clock, log }: PublishModelDependencies,
  signal: AbortSignal,
): Promise<void> {
  let written = { text: "", at: Number.NEGATIVE_INFINITY };
  while (!signal.aborted) {
    const now = clock.now();
    try {
      const record = workerModel(model, adapters);
      const text = JSON.stringify(record);
      if (text !== written.text || now - written.at >= publishEveryMs) {
        await publishWorkerModel(items, workerId, record, now);
        written = { text, at: now };
      }
    } catch (error) {
      log("warn", "failed to publish what this worker can do", { error: String(error) });
    }
    await clock.sleep(lookEveryMs, signal);
  }
}

/** The record of a loaded model. Without an adapter folder it can use no adapters. */
export function workerModel(model: ModelInfo, adapters: AdapterCatalog | undefined): WorkerModel {
  const { capabilities } = catalogModel(model);
  return {
    id: model.id,
    capabilities: adapters ? capabilities : capabilities.filter((name) => name !== "loras" && name !== "controlnet"),
    limits: model.limits,
    adapters: adapters && { loras: listOf(adapters, "loras"), controlnets: listOf(adapters, "controlnets") },
  };
}

function listOf(adapters: AdapterCatalog, kind: AdapterKind): { id: string }[] | undefined {
  const ids = adapters.ids(kind);
  return ids.length <= maxPublishedAdapters ? ids.map((id) => ({ id })) : undefined;
}
