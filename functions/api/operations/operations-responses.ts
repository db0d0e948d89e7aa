import * as z from "zod";
import { decimal, money } from "../access/money-responses.ts";

/*
 * Response schemas of this folder, for its types and the OpenAPI document. Everything else imports only their types, so
 * that they are built with the document and not at every start.
 */

const time = z.iso.datetime();
const lane = z.enum(["interactive", "batch"]);

const workerSchema = z.object({
  id: z.string(),
  model: z.string(),
  state: z.enum(["drawing", "idle"]).describe("Whether it holds a job."),
  job_id: z.string().nullable().describe("The job that it draws."),
  device: z.string().nullable().describe("cpu, cuda or webgpu."),
  runtime: z.string().nullable(),
  plan: z.string().nullable().describe("What it keeps in memory, in one sentence."),
  memory_bytes: z.int().nullable().describe("Resident memory of the process, at most a minute ago."),
  started_at: time.nullable(),
  last_seen_at: time.describe("A worker that is not heard of for ten minutes is left out."),
  images_last_hour: z.int().describe("In this hour and the one before."),
  seconds_per_image: z.number().nullable().describe("Of the time that its jobs took; null while none is counted."),
});

export const operationsSchema = z
  .object({
    object: z.literal("operations"),
    at: time.describe("When this was read: it is kept for two seconds."),
    lanes: z.array(
      z.object({
        lane,
        waiting: z.int(),
        running: z.int(),
        oldest_age_s: z.number().nullable().describe("Age of the oldest job that waits; null where none is known."),
      }),
    ),
    models: z.array(z.object({ id: z.string(), workers: z.int(), seconds_per_job: z.number().nullable() })),
    workers: z.array(workerSchema),
    images: z.object({
      per_minute: z
        .array(z.object({ at: time, images: z.int() }))
        .describe("Oldest first. The last half minute of a busy worker may be missing."),
      total: z.int(),
    }),
    wait: z
      .object({ p50_s: z.number(), p95_s: z.number(), jobs: z.int() })
      .nullable()
      .describe("From acceptance to the start of drawing, of jobs that succeeded in this hour and the one before."),
    failures: z
      .array(z.object({ code: z.string(), count: z.int() }))
      .describe("Jobs that failed or expired in the last 24 hours, by the code of their error."),
    webhooks: z
      .array(z.object({ at: time, attempts: z.record(z.string(), z.int()) }))
      .describe("Attempts in each of the last 24 hours, by the state that they left the message in."),
    accounts: z
      .object({
        count: z.int(),
        available: money,
        available_decimal: decimal,
        held: money,
        held_decimal: decimal,
        open_jobs: z.int(),
        currency: z.string(),
      })
      .describe("Of at most the first 1,000 accounts; unlimited ones count with what they have spent, below zero."),
    prices: z
      .array(
        z.object({
          effective_from: time,
          in_force: z.boolean(),
          rates: z.array(z.object({ model: z.string(), interactive: z.int(), batch: z.int() })),
        }),
      )
      .describe("Tables of prices, in micro-units per megapixel and network call."),
  })
  .meta({ id: "ServiceState" });
