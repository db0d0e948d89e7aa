import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { publishModelFacts } from "../../shared/model-catalog/published-facts.ts";
import {
  maxPublishedAdapters,
  publishEveryMs,
  publishWorkerModel,
  type WorkerModel,
} from "../../shared/model-catalog/worker-models.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Log } from "../../shared/process/log.ts";
import type { EngineSetup, ModelInfo } from "../engine.ts";
import type { AdapterCatalog, AdapterKind } from "./adapter-catalog.ts";
import { AdapterDescriptions } from "./adapter-descriptions.ts";

/** Most adapters of one kind in a record: a DynamoDB item has at most 400 KB. */
const maxDescribedCharacters = 120_000;
/** A file put into the adapter folder is known to the API after this long. */
const lookEveryMs = 1_000;

export interface PublishModelDependencies {
  readonly items: Items;
  readonly workerId: string;
  readonly model: ModelInfo;
  /** How the model is run here. @default not told */
  readonly setup?: EngineSetup | undefined;
  /** Resident memory of this process, now. @default not told */
  readonly memoryBytes?: () => number;
  /** @default none are known */
  readonly adapters: AdapterCatalog | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Tells the API what this worker can do, until `signal` aborts: once a minute, and at once when its adapters change. A
 * failed write is logged and repeated: the API falls back on its catalogue meanwhile. What the model's folder says of
 * it is told once, at the start.
 */
export async function publishModel(
  { items, workerId, model, setup, memoryBytes, adapters, clock, log }: PublishModelDependencies,
  signal: AbortSignal,
): Promise<void> {
  let written = { text: "", at: Number.NEGATIVE_INFINITY };
  const descriptions = new AdapterDescriptions();
  let describing = Promise.resolve();
  let isDescribing = false;
  const startedAt = clock.now();
  const worker = { startedAt, ...(setup && { device: setup.device, runtime: setup.runtime, plan: setup.plan }) };
  let factsToTell = model.facts;
  while (!signal.aborted) {
    const now = clock.now();
    try {
      const record = workerModel(model, adapters, descriptions);
      const text = JSON.stringify(record);
      if (text !== written.text || now - written.at >= publishEveryMs) {
        // What changes all the time is told with the rest, and is no reason to write.
        await publishWorkerModel(
          items,
          workerId,
          { ...record, worker: { ...worker, memoryBytes: memoryBytes?.() } },
          now,
        );
        written = { text, at: now };
      }
      if (factsToTell) await publishModelFacts(items, model.id, factsToTell, now);
      factsToTell = undefined;
    } catch (error) {
      log("warn", "failed to publish what this worker can do", { error: String(error) });
    }
    // Beside this loop: reading all files for their hashes may take minutes, and the record goes on being written.
    if (adapters && !isDescribing) {
      isDescribing = true;
      describing = descriptions.refresh(adapters, signal).finally(() => {
        isDescribing = false;
      });
    }
    await clock.sleep(lookEveryMs, signal);
  }
  await describing;
}

/** The record of a loaded model. Without an adapter folder it can use the LoRAs of accounts alone. */
export function workerModel(
  model: ModelInfo,
  adapters: AdapterCatalog | undefined,
  descriptions = new AdapterDescriptions(),
): WorkerModel {
  const { capabilities } = catalogModel(model);
  return {
    id: model.id,
    capabilities: adapters ? capabilities : capabilities.filter((name) => name !== "controlnet"),
    limits: model.limits,
    adapters: {
      loras: adapters ? listOf(adapters, "loras", descriptions) : [],
      controlnets: adapters ? listOf(adapters, "controlnets", descriptions) : [],
    },
  };
}

function listOf(adapters: AdapterCatalog, kind: AdapterKind, descriptions: AdapterDescriptions) {
  const entries = adapters.entries(kind);
  if (entries.length > maxPublishedAdapters) return undefined;
  const described = entries.map(({ id, path }) => ({ id, ...descriptions.of(path) }));
  // A record must fit a row of the table; the ids alone always do.
  const fits = JSON.stringify(described).length <= maxDescribedCharacters;
  return fits ? described : entries.map(({ id }) => ({ id }));
}
