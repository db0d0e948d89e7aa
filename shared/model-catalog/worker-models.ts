import * as z from "zod";
import type { ItemInput, Items } from "../ports/items.ts";
import type { CatalogModel } from "./model-catalog.ts";

/*
 * Workers describe their models to the API through the store: one small record per model and worker, written again
 * every minute. The model catalogue says what is served before any worker has run; these records correct it, so that a
 * request for something that no worker has is refused before money is held or a GPU starts.
 */

/**
 * Longer lists are left out of the record: then every id of that kind is accepted, and the worker refuses the unknown
 * ones.
 */
export const maxPublishedAdapters = 1_000;

const sides = z.int().positive();
const adapterDescription = z.object({
  /** Most frequent rank of the low-rank matrices. */
  rank: z.int().positive().optional(),
  /** Base model named in the file's metadata. */
  base: z.string().optional(),
  /** Licence named in the file's metadata. */
  licence: z.string().optional(),
  /** Where the file's metadata says that it comes from. */
  origin: z.string().optional(),
  /** Hex SHA-256 of the file. */
  sha256: z.string().optional(),
  /** Words of a prompt that call what it was trained on. */
  triggerWords: z.array(z.string()).readonly().optional(),
});
const adapter = adapterDescription.extend({
  /** Id that requests use. */
  id: z.string(),
});
const adapterList = z.array(adapter).max(maxPublishedAdapters).readonly();

const workerModelSchema = z.object({
  /** Canonical id of the model: `CatalogModel.id`. */
  id: z.string().min(1),
  /** All it can do, in the words of `CatalogModel.capabilities`. @default those of the catalogue */
  capabilities: z.array(z.string()).readonly().optional(),
  /** Limits of the loaded checkpoint; a limit left out is the catalogue's. Units as in `ModelLimits`. */
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
  /** How this worker runs its model, for operators. */
  worker: z
    .object({
      device: z.string(),
      runtime: z.string(),
      /** What it keeps in memory, in one sentence. */
      plan: z.string(),
      /** Milliseconds since the epoch. */
      startedAt: z.number(),
      /** Resident memory of the process. */
      memoryBytes: z.number().optional(),
    })
    .partial()
    .optional(),
  /** Adapters that jobs may name. A kind left out is not known: every id of it is accepted. */
  adapters: z.object({ loras: adapterList, controlnets: adapterList }).partial().optional(),
});

/** Description of an adapter file. */
export type AdapterDescription = z.infer<typeof adapterDescription>;
/** An adapter of the worker's folder. */
export type PublishedAdapter = z.infer<typeof adapter>;

/**
 * One worker's description of the model it has loaded. Everything but the id may be left out; then the catalogue
 * decides.
 */
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

/** Replaces a worker's record. `workerId` is one process: a restarted worker writes another record. */
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
 * The catalogue as the workers correct it. Capabilities and limits are those of the newest record of a model, as all
 * workers of a deployment load the same checkpoint. An adapter is there when any live worker has it.
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

/** What a live worker tells operators. */
export interface LiveWorker {
  readonly id: string;
  readonly model: string;
  readonly worker: NonNullable<WorkerModel["worker"]>;
  /** When it wrote this; milliseconds since the epoch. */
  readonly at: number;
}

/** Workers that have written in the last ten minutes, the longest running first. */
export async function readLiveWorkers(items: Items, now: number): Promise<LiveWorker[]> {
  const { items: found } = await items.query({ index: "main", partition, limit: 1_000 });
  const live = found.flatMap(({ sk, data }) => {
    const record = recordSchema.safeParse(data);
    if (!record.success || record.data.at <= now - liveMs) return [];
    const { id, worker = {}, at } = record.data;
    return [{ id: sk.slice(id.length + 1), model: id, worker, at }];
  });
  return live.sort((a, b) => (a.worker.startedAt ?? a.at) - (b.worker.startedAt ?? b.at));
}

/** The adapters of all live workers, each id once, in alphabetical order. @param now - milliseconds since the epoch */
export async function readPublishedAdapters(
  items: Items,
  now: number,
): Promise<{ readonly loras: PublishedAdapter[]; readonly controlnets: PublishedAdapter[] }> {
  const { items: found } = await items.query({ index: "main", partition, limit: 1_000 });
  const live = found.flatMap(({ data }) => {
    const record = recordSchema.safeParse(data);
    return record.success && record.data.at > now - liveMs ? [record.data] : [];
  });
  const listOf = (kind: "loras" | "controlnets") => {
    const byId = new Map<string, PublishedAdapter>();
    for (const { adapters } of live)
      for (const one of adapters?.[kind] ?? []) byId.set(one.id, { ...byId.get(one.id), ...one });
    return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  };
  return { loras: listOf("loras"), controlnets: listOf("controlnets") };
}

/** @returns undefined when no worker lives, or one of them does not say */
function idsOf(kind: "loras" | "controlnets", live: readonly WorkerModel[]): ReadonlySet<string> | undefined {
  const lists = live.map(({ adapters }) => adapters?.[kind]);
  const known = lists.filter((list) => list !== undefined);
  if (known.length === 0 || known.length < lists.length) return undefined;
  return new Set(known.flat().map(({ id }) => id));
}
