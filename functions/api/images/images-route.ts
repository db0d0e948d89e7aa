import { Hono } from "hono";
import type * as z from "zod";
import { readImageDays } from "../../../shared/images/image-counts.ts";
import { imageId } from "../../../shared/images/image-id.ts";
import { imageExpiresAt, keptImagesS } from "../../../shared/images/image-retention.ts";
import { listImages } from "../../../shared/images/list-images.ts";
import { findModel } from "../../../shared/model-catalog/model-catalog.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { isoTime } from "../http/iso-time.ts";
import { optionalJsonBody } from "../http/json-body.ts";
import { queryParameters } from "../http/query-parameters.ts";
import { requestLinks } from "../http/request-links.ts";
import { deleteOwnImage } from "./delete-own-image.ts";
import { defaultShareS, imageDaysQuerySchema, imageListQuerySchema, shareRequestSchema } from "./image-query.ts";
import type { imageDaysSchema, imageLinkSchema, imageListSchema } from "./image-responses.ts";
import { ownImage } from "./own-image.ts";
import { presentImageDetail, presentListedImage } from "./present-image.ts";

const noStore = { "Cache-Control": "no-store" };

/** `/v1/images`: the account's finished images. OpenAI's routes below this path are its dialect's. */
export function imagesRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, jobs, items, clock, models } = dependencies;
  const keptS = keptImagesS(dependencies.imageRetentionS);
  /** Jobs know their model by its id alone; one that is no longer served is looked for as it is. */
  const modelId = (name: string | undefined) =>
    name === undefined ? undefined : (findModel(models, name)?.id ?? name);
  return new Hono<ApiEnv>()
    .get("/", authenticate("jobs:read"), async (c) => {
      const query = parseFields(imageListQuerySchema, queryParameters(c.req.url));
      const { q, model, created_after, created_before, run, sku, metadata, limit, cursor } = query;
      const { images, cursor: next } = await listImages(jobs, {
        accountId: c.get("identity").accountId,
        text: q,
        model: modelId(model),
        createdAfter: created_after === undefined ? undefined : Date.parse(created_after),
        createdBefore: created_before === undefined ? undefined : Date.parse(created_before),
        metadata: { ...metadata, ...(run !== undefined && { run_id: run }), ...(sku !== undefined && { sku }) },
        limit: limit === undefined ? 20 : Number(limit),
        cursor,
        now: clock.now(),
        keptS,
      });
      const link = requestLinks(c, dependencies);
      const list: z.infer<typeof imageListSchema> = {
        data: images.map((listed) => presentListedImage(listed, { link, keptS })),
        next_cursor: next ?? null,
      };
      return c.json(list, 200, noStore);
    })
    .get("/days", authenticate("jobs:read"), async (c) => {
      const { model } = parseFields(imageDaysQuerySchema, queryParameters(c.req.url));
      const { accountId } = c.get("identity");
      const days = await readImageDays(items, { accountId, now: clock.now(), keptS, model: modelId(model) });
      const total = days.reduce((sum, { images }) => sum + images, 0);
      const list: z.infer<typeof imageDaysSchema> = { total, data: days.map((day) => ({ ...day })) };
      return c.json(list, 200, noStore);
    })
    .get("/:id{img_\\w*}", authenticate("jobs:read"), async (c) => {
      const image = await ownImage(c.req.param("id"), c.get("identity"), dependencies);
      return c.json(presentImageDetail(image, { link: requestLinks(c, dependencies), keptS }), 200, noStore);
    })
    .delete("/:id{img_\\w*}", authenticate("files:write"), async (c) => {
      const image = await ownImage(c.req.param("id"), c.get("identity"), dependencies);
      return c.json(await deleteOwnImage(image, dependencies), 200, noStore);
    })
    .post("/:id{img_\\w*}/share", authenticate("files:write"), bodyLimit(), async (c) => {
      const { expires_in } = parseFields(shareRequestSchema, await optionalJsonBody(c.req.raw));
      const image = await ownImage(c.req.param("id"), c.get("identity"), dependencies);
      const until = Math.min(clock.now() + (expires_in ?? defaultShareS) * 1_000, imageExpiresAt(image.job, keptS));
      const { url, expiresAt } = requestLinks(c, dependencies).file(image.image.key, until);
      const shared: z.infer<typeof imageLinkSchema> = {
        object: "image_link",
        image_id: imageId(image.job, image.image),
        url,
        expires_at: isoTime(expiresAt),
      };
      return c.json(shared, 201, noStore);
    });
}
