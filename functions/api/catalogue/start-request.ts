import * as z from "zod";

const maxCost = z
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .nullish()
  .describe("Micro-units that the run may cost from its beginning on; null takes the limit away. Default: as it was.");

/** Body of `POST /v1/runs/{id}/start`, which may be left out. */
export const startRequestSchema = z
  .strictObject({ accept_warnings: z.boolean().optional(), max_cost: maxCost })
  .meta({ id: "RunStartRequest" });

/** Body of `POST /v1/runs/{id}/resume`, which may be left out. */
export const resumeRequestSchema = z.strictObject({ max_cost: maxCost }).meta({ id: "RunResumeRequest" });
