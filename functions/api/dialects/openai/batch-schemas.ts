import * as z from "zod";

const time = z.int().describe("Seconds since the epoch.");

export const openaiBatchSchema = z
  .object({
    id: z.string().describe("`batch_…`"),
    object: z.literal("batch"),
    endpoint: z.string(),
    input_file_id: z.string(),
    status: z.enum([
      "validating",
      "failed",
      "in_progress",
      "finalizing",
      "completed",
      "expired",
      "cancelling",
      "cancelled",
    ]),
    completion_window: z.literal("24h"),
    errors: z
      .object({
        object: z.literal("list"),
        data: z.array(
          z.object({
            code: z.string(),
            message: z.string(),
            param: z.string().nullable(),
            line: z.int().nullable().describe("Line of the input file, from 1."),
          }),
        ),
      })
      .nullable(),
    output_file_id: z.string().nullable(),
    error_file_id: z.string().nullable(),
    created_at: time,
    in_progress_at: time.nullable(),
    expires_at: time,
    finalizing_at: time.nullable(),
    completed_at: time.nullable(),
    failed_at: time.nullable(),
    expired_at: time.nullable(),
    cancelling_at: time.nullable(),
    cancelled_at: time.nullable(),
    request_counts: z
      .object({ total: z.int(), completed: z.int(), failed: z.int() })
      .describe("total grows while the file is read (status validating)."),
    metadata: z.record(z.string(), z.string()),
    paused: z
      .object({ code: z.string(), message: z.string(), since: time })
      .nullable()
      .describe(
        "Not in OpenAI's API. Why no further line is begun for now, such as insufficient_balance, spend_limit " +
          "or service_unavailable. The batch tries again by itself, at least every five minutes, or at once with " +
          "/resume.",
      ),
  })
  .meta({ id: "OpenAIBatch" });

export const openaiBatchListSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(openaiBatchSchema).describe("Newest first."),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })
  .meta({ id: "OpenAIBatchList" });
