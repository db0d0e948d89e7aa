import type { Context } from "hono";
import type * as z from "zod";
import { ConflictError } from "../../../../shared/errors.ts";
import { ItemsConditionFailed } from "../../../../shared/ports/items.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import type { Channel } from "../../../catalogue/outputs/write-back/channels.ts";
import { exportImages } from "../../../catalogue/outputs/write-back/export-images.ts";
import { publishImages, withdrawImages } from "../../../catalogue/publish/publish-images.ts";
import type { Run } from "../../../runs/run.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { optionalJsonBody, readJsonBody } from "../../http/json-body.ts";
import { requestLinks, requestOrigin } from "../../http/request-links.ts";
import { exportRequestSchema, publishRequestSchema } from "./result-requests.ts";
import type { publicationSchema, runExportSchema } from "./result-responses.ts";

/** `POST /v1/runs/{id}/publish`: permanent public addresses. */
export async function publishRun(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const request = parseFields(publishRequestSchema, await optionalJsonBody(c.req.raw));
  const { only, shots, tasks, cursor } = request;
  const wishes = { onlyApproved: only === "approved", shots, tasks, ...(cursor && { from: Number(cursor) }) };
  const { next, ...counts } = await publishImages(run, wishes, dependencies);
  const result: z.infer<typeof publicationSchema> = {
    object: "run.publication",
    ...counts,
    withdrawn: 0,
    next_cursor: next === undefined ? null : String(next),
  };
  return c.json(result);
}

/** `POST /v1/runs/{id}/unpublish`: the addresses answer 410 from now on. */
export async function unpublishRun(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const { shots, tasks } = parseFields(publishRequestSchema, await optionalJsonBody(c.req.raw));
  const withdrawn = await withdrawImages(run, { shots, tasks }, dependencies);
  const result: z.infer<typeof publicationSchema> = {
    object: "run.publication",
    published: 0,
    already: 0,
    held: 0,
    withdrawn,
    next_cursor: null,
  };
  return c.json(result);
}

/** `POST /v1/runs/{id}/export`: files that a shop imports, of what has changed. */
export async function exportRun(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const { channel, mode, full, only } = parseFields(exportRequestSchema, await readJsonBody(c.req.raw));
  const wishes = {
    channel,
    mode: mode ?? "append",
    full: full ?? false,
    onlyApproved: only === "approved",
    origin: requestOrigin(c, dependencies),
  };
  const exported = await exportImages(run, wishes, dependencies).catch((error: unknown) => {
    if (!(error instanceof ItemsConditionFailed)) throw error;
    throw new ConflictError("export_under_way", `another export to ${channel} ended at the same moment; try again`);
  });
  const link = requestLinks(c, dependencies);
  const result: z.infer<typeof runExportSchema> = {
    object: "run.export",
    channel,
    files: exported.files.map(({ key, bytes }) => ({
      name: key.slice(key.lastIndexOf("/") + 1),
      url: link.file(key).url,
      bytes,
    })),
    products: exported.products,
    images: exported.images,
    held: exported.held,
    left_out: [...exported.leftOut],
    notes: [...exported.notes],
    how_to_import: howToImport[channel],
  };
  return c.json(result);
}

const howToImport: { readonly [channel in Channel]: string } = {
  shopify: "Products, Import, and check that products with matching handles are overwritten",
  shopify_legacy: "Products, Import, and check that products with matching handles are overwritten",
  woocommerce: "Products, Import, and check that existing products that match by ID or SKU are updated",
  google: "Merchant Center, Data sources, Supplemental sources: add the file as a supplemental feed",
  magento: "System, Import: entity type Products, behaviour Add/Update",
  prestashop: "Advanced Parameters, Import: entity Products, separator ;",
};
