import type { Context } from "hono";
import type * as z from "zod";
import { queryEach } from "../../../shared/ports/query-all.ts";
import { presetNames, presetShot } from "../../catalogue/plan/shots.ts";
import { profiles } from "../../catalogue/profiles/profile.ts";
import { publicFolder, readPublications } from "../../catalogue/publish/publications.ts";
import { readDecisions } from "../../catalogue/review/decisions.ts";
import { memoryPartition, type RememberedImage } from "../../catalogue/run/image-memory.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { isoTime } from "../http/iso-time.ts";
import type { presetListSchema, profileListSchema, runKeySchema } from "./run-report-responses.ts";

/** `GET /v1/profiles`: the exports that are recognised by their columns. */
export function listProfiles(c: Context<ApiEnv>) {
  const list: z.infer<typeof profileListSchema> = {
    object: "list",
    data: profiles.map(({ id, name, anchors, sku, key = [], photos, fields }) => ({
      id,
      name,
      sku: [...sku],
      product_key: [...key],
      recognised_by: anchors.map((headers) => [...headers]),
      photos: photos.map(({ column }) => column),
      fields: Object.fromEntries(Object.entries(fields).map(([field, headers]) => [field, [...headers]])),
    })),
  };
  return c.json(list);
}

/** `GET /v1/presets`: ready-made shots. */
export function listPresets(c: Context<ApiEnv>) {
  const list: z.infer<typeof presetListSchema> = {
    object: "list",
    data: presetNames.map((name) => ({ name, shot: presetShot(name) })),
  };
  return c.json(list);
}

/** `GET /v1/run-keys/{key}`: what is remembered under a run key. */
export async function getRunKey(c: Context<ApiEnv>, runKey: string, { items }: RouteDependencies) {
  const owner = { accountId: c.get("identity").accountId, runKey };
  let [tasks, images, bytes, last] = [0, 0, 0, 0];
  for await (const { data } of queryEach(items, { index: "main", partition: memoryPartition(owner) })) {
    const { images: kept, drawnAt } = data as unknown as RememberedImage;
    tasks++;
    images += kept.length;
    bytes += kept.reduce((sum, image) => sum + image.bytes, 0);
    last = Math.max(last, drawnAt);
  }
  const [decisions, folder] = await Promise.all([readDecisions(items, owner), publicFolder(items, owner)]);
  const published = folder === undefined ? [] : [...(await readPublications(items, folder)).values()];
  const verdicts = [...decisions.values()].map(({ verdict }) => verdict);
  const found: z.infer<typeof runKeySchema> = {
    object: "run_key",
    key: runKey,
    tasks,
    images,
    bytes,
    approved: verdicts.filter((verdict) => verdict === "approved").length,
    rejected: verdicts.filter((verdict) => verdict === "rejected").length,
    published: published.filter(({ withdrawnAt }) => withdrawnAt === undefined).length,
    drawn_at: last === 0 ? null : isoTime(last),
  };
  return c.json(found);
}
