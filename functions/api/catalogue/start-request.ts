import * as z from "zod";

/** Body of `POST /v1/runs/{id}/start`, which may be left out. */
export const startRequestSchema = z
  .strictObject({ accept_warnings: z.boolean().optional() })
  .meta({ id: "RunStartRequest" });
