import * as z from "zod";
import { maxSeed } from "../../../../shared/limits.ts";
import { writeBackChannels } from "../../../catalogue/outputs/write-back/channels.ts";
import { rejectReasons } from "../../../catalogue/review/decisions.ts";
import { pageQuery } from "../../http/page-query.ts";
import { reviewStates, rowStatuses } from "./result-responses.ts";

const sku = z.string().min(1).max(200);
const code = z.string().min(1).max(64);
const tasks = z.array(z.string().min(1).max(220)).min(1).max(1_000);

export const rowQuerySchema = z.object({
  ...pageQuery,
  status: z.enum(rowStatuses).optional().describe("Default: all."),
  reason: code.optional().describe("Code of the error."),
  sku: sku.optional().describe("Default: all products."),
});

export const reviewQuerySchema = z.object({
  ...pageQuery,
  state: z.enum(reviewStates).optional().describe("Default: all images."),
});

/** Body of `POST /v1/runs/{id}/retry`. */
export const retryRequestSchema = z
  .strictObject({
    reasons: z.array(code).min(1).max(50).optional().describe("Codes of the errors. Default: all."),
    skus: z.array(sku).min(1).max(1_000).optional().describe("Default: all products."),
  })
  .meta({ id: "RunRetryRequest", examples: [{ reasons: ["engine_failed"] }] });

/** Body of `POST /v1/runs/{id}/review`. */
export const reviewRequestSchema = z
  .strictObject({
    tasks: tasks.optional().describe("Tasks by their names, `SKU#shot`."),
    state: z.enum(reviewStates).optional().describe("In place of tasks: all images in this state."),
    decision: z.enum(["approve", "reject"]),
    reason: z.enum(rejectReasons).optional().describe("Of a rejection."),
    note: z.string().max(500).optional(),
    regenerate: z
      .union([
        z.boolean(),
        z.strictObject({
          seed: z.int().min(0).max(maxSeed).optional(),
          strength: z.number().gt(0).max(1).optional(),
          prompt_suffix: z.string().min(1).max(1_000).optional(),
        }),
      ])
      .optional()
      .describe("Draw what is rejected once more, as a new version at the price of a new image. Default false."),
  })
  .refine((body) => (body.tasks === undefined) !== (body.state === undefined), {
    path: ["tasks"],
    message: "give one of tasks and state",
  })
  .meta({ id: "RunReviewRequest", examples: [{ state: "needs_review", decision: "approve" }] });

/** Bodies of `POST /v1/runs/{id}/publish` and `unpublish`. */
export const publishRequestSchema = z
  .strictObject({
    only: z
      .enum(["approved", "not_rejected"])
      .optional()
      .describe(
        "approved publishes what somebody has approved; not_rejected also what nobody had to look at. Default not_rejected.",
      ),
    shots: z.array(z.string().max(16)).min(1).max(12).optional().describe("Default: all."),
    tasks: tasks.optional().describe("Default: all."),
    cursor: z
      .string()
      .regex(/^\d{1,8}$/)
      .optional()
      .describe("`next_cursor` of the call before."),
  })
  .meta({ id: "RunPublishRequest", examples: [{ only: "approved" }] });

/** Body of `POST /v1/runs/{id}/export`. */
export const exportRequestSchema = z
  .strictObject({
    channel: z.enum(writeBackChannels),
    mode: z
      .enum(["append", "front"])
      .optional()
      .describe("New images behind those of the shop, or in front of them. Default append."),
    full: z.boolean().optional().describe("All images again, not only those that the channel has not been given yet."),
    only: z.enum(["approved", "not_rejected"]).optional().describe("As in publish. Default not_rejected."),
  })
  .meta({ id: "RunExportRequest", examples: [{ channel: "shopify" }] });
