import * as z from "zod";
import type { ItemInput, Items } from "../ports/items.ts";
import type { CatalogModel } from "./model-catalog.ts";

/*
 * What workers tell the API of their models, through the store: one small record per model and worker, written again every minute. The
 * model catalogue says what is served before any worker has run; these records correct it, so that a request for something that no worker
 * has is refused before money is held or a GPU starts.
 */

/** Longer lists are left out of the record: then every id of that kind is accepted, and the worker refuses the unknown ones. */
export const maxPublishedAdapters = 1_000;

const sides = z.int().positive();
const adapter = z.object({
  /** What requests name it by. */
  id: z.string(),
});
const adapterList = z.array(adapter).max(maxPublishedAdapters).readonly();

const workerModelSchema = z.object({
  /** Canonical id of the model: `CatalogModel.id`. */
  id: z.string().min(1),
  /** All it can do, in the words of `CatalogModel.capabilities`. @default those of the catalogue */
  capabilities: z.array(z.string()).readonly().optional(),
  /** What the loaded checkpoint allows; a limit left out is the catalogue's. Units as in `ModelLimits`. */
  limits: z
    .object({
      minSide: sides,
      maxSide: sides,
      maxPixels: sides,
      maxPromptTokens: sides,
      maxPromptCharacters: sides,
    })
    .partial()
    .optional(),
  /** Adapters that jobs may name. A kind left out is not known: every id of it is accepted. */
  adapters: z.object({ loras: adapterList, controlnets: adapterList }).partial().optional(),
});

/** What one worker says of the model it has loaded. Everything but the id may be left out; then the catalogue decides. */
export type WorkerModel = z.infer<typeof workerModelSchema>;

const recordSchema = workerModelSchema.extend({
  /** Milliseconds since the epoch. */
  at: z.number(),
});

/** Workers write their record this often. */
export const publishEveryMs = 60_000;
/** A worker that has not written its record for this long is gone, and its adapters with it. */
const liveMs = 10 * publishEveryMs;
/** Capabilities and limits belong to the checkpoint: they are believed for this long after its last worker stopped. */
const retentionMs = 86_400_000;

const partition = "WORKER_MODELS";

/** Writes a worker's record anew. `workerId` is one process: a restarted worker writes another record. */
export async function publishWorkerModel(
  items: Items,
  workerId: string,
  model: WorkerModel,
  now: number,
): Promise<void> {
  const put: ItemInput = {
    pk: partition,
    sk: `${model.id}#${workerId}`,
    exp: Math.ceil((now + retentionMs) / 1_000),
    data: { ...workerModelSchema.parse(model), at: now },
  };
  await items.write([{ put }]);
}

/**
 * The catalogue as the workers correct it. Capabilities and limits are those of the newest record of a model, as all workers of a
 * deployment load the same checkpoint. An adapter is there when any live worker has it.
 *
 * @param now - milliseconds since the epoch
 * @returns in the order of `catalogue`; a model without a record as the catalogue has it
 */
export async function readServedModels(
  items: Items,
  catalogue: readonly CatalogModel[],
  now: number,
): Promise<CatalogModel[]> {
  const { items: found } = await items.query({ index: "main", partition, limit: 1_000 });
  const records = found
    .flatMap(({ data }) => {
      // A worker of another release may write what this one does not know.
      const record = recordSchema.safeParse(data);
      return record.success && record.data.at > now - retentionMs ? [record.data] : [];
    })
    .sort((a, b) => b.at - a.at);
  const byModel = Map.groupBy(records, ({ id }) => id);
  return catalogue.map((model) => {
    const [newest, ...older] = byModel.get(model.id) ?? [];
    if (newest === undefined) return model;
    const { capabilities = model.capabilities, limits } = newest;
    const live = [newest, ...older].filter(({ at }) => at > now - liveMs);
    return {
      ...model,
      capabilities,
      limits: { ...model.limits, ...limits },
      adapters: { loras: idsOf("loras", live), controlnets: idsOf("controlnets", live) },
    };
  });
}

/** @returns undefined when no worker lives, or one of them does not say */
function idsOf(kind: "loras" | "controlnets", live: readonly WorkerModel[]): ReadonlySet<string> | undefined {
  const lists = live.map(({ adapters }) => adapters?.[kind]);
  const known = lists.filter((list) => list !== undefined);
  if (known.length === 0 || known.length < lists.length) return undefined;
  return new Set(known.flat().map(({ id }) => id));
}
