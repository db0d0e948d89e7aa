import * as z from "zod";
import type { Items } from "../ports/items.ts";
import { type ModelFacts, modelFactsSchema } from "./model-facts.ts";

/*
 * The facts of a model, as the last worker that loaded it found them in its folder: a row per model. Unlike what
 * workers can do (`worker-models.ts`), they do not change while workers run, and outlive them: a fleet may be at zero
 * for weeks. So they are written once per worker's start at most, and read seldom.
 */

const partition = "MODEL_FACTS";

/** A row that is older is written again, so that the facts of a model in use never expire. */
const renewAfterMs = 86_400_000;
const retentionMs = 90 * 86_400_000;

const recordSchema = z.object({ facts: modelFactsSchema, at: z.number() });

/** Most characters of one model's facts: a row of DynamoDB has 400 KB, and a character up to three bytes. */
const maxCharacters = 120_000;

/**
 * Stores the facts of model `id`, unless they are there already and fresh. Facts too long for a row are stored without
 * their vocabulary.
 * @param now - milliseconds since the epoch
 */
export async function publishModelFacts(items: Items, id: string, facts: ModelFacts, now: number): Promise<void> {
  const { vocabulary, ...others } = modelFactsSchema.parse(facts);
  const fits = JSON.stringify(vocabulary ?? null).length <= maxCharacters;
  const kept: ModelFacts = fits ? { ...others, vocabulary } : others;
  const key = { pk: partition, sk: id };
  const before = recordSchema.safeParse((await items.get(key))?.data);
  const isSame = before.success && JSON.stringify(before.data.facts) === JSON.stringify(modelFactsSchema.parse(kept));
  if (isSame && before.data.at > now - renewAfterMs) return;
  const data = { facts: JSON.parse(JSON.stringify(kept)), at: now };
  await items.write([{ put: { ...key, exp: Math.ceil((now + retentionMs) / 1_000), data } }]);
}

/** @returns by id of the model, for those of `ids` whose facts are known */
export async function readModelFacts(items: Items, ids: readonly string[]): Promise<ReadonlyMap<string, ModelFacts>> {
  const known = new Map<string, ModelFacts>();
  await Promise.all(
    ids.map(async (id) => {
      // A worker of another release may write what this one does not know.
      const record = recordSchema.safeParse((await items.get({ pk: partition, sk: id }))?.data);
      if (record.success) known.set(id, record.data.facts);
    }),
  );
  return known;
}
