import { Hono } from "hono";
import * as z from "zod";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import type { Operations } from "./read-operations.ts";

/** The page of an operator asks every five seconds, and there may be several. */
const keptMs = 2_000;
const defaultMinutes = 180;

export const operationsQuerySchema = z.strictObject({
  minutes: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, "must be a whole number of 1 to 720")
    .refine((text) => Number(text) <= 720, "must be a whole number of 1 to 720")
    .optional()
    .describe("Length of images.per_minute, up to 720. Default 180."),
});

/** `GET /v1/operations`: the state of the service, for the operator alone (`accounts:admin`). */
export function operationsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, clock } = dependencies;
  // Loaded by the first operator who asks.
  const read = async (minutes: number) => (await import("./read-operations.ts")).readOperations(dependencies, minutes);
  let kept: { readonly at: number; readonly minutes: number; readonly value: Promise<Operations> };
  return new Hono<ApiEnv>().get("/", authenticate("accounts:admin"), async (c) => {
    const query = parseFields(operationsQuerySchema, Object.fromEntries(new URL(c.req.url).searchParams));
    const minutes = Number(query.minutes ?? defaultMinutes);
    const now = clock.now();
    if (kept === undefined || now - kept.at >= keptMs || kept.minutes !== minutes) {
      kept = { at: now, minutes, value: read(minutes) };
    }
    const { value } = kept;
    try {
      return c.json(await value, 200, { "Cache-Control": "no-store" });
    } catch (error) {
      if (kept.value === value) kept = { ...kept, at: Number.NEGATIVE_INFINITY };
      throw error;
    }
  });
}
