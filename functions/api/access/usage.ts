import { type Context, Hono } from "hono";
import * as z from "zod";
import { InvalidInputError } from "../../../shared/errors.ts";
import { maxMetadataKeyCharacters } from "../../../shared/limits.ts";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import { tableAt } from "../../../shared/money/price-list.ts";
import { type UsageGrouping, usageReport } from "../../../shared/money/usage-report.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { isoTime } from "../http/iso-time.ts";
import { queryTime } from "../http/query-time.ts";
import type { usageSchema } from "./money-responses.ts";
import { usageCsv } from "./usage-csv.ts";

const dayMs = 86_400_000;
const defaultDays = 30;
const maxDays = 366;

const time = z.iso.datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" });

export const usageQuerySchema = z.strictObject({
  group_by: z
    .string()
    .regex(
      new RegExp(`^((day|key|model)(,(day|key|model)){0,2}|metadata\\.[^]{1,${maxMetadataKeyCharacters}})$`),
      "must be day, key, model, several of them with commas between, such as day,key, or metadata.NAME",
    )
    .refine((by) => by.startsWith("metadata.") || hasNoneTwice(by.split(",")), "must name each of them once")
    .optional()
    .describe(
      "day (UTC, of the job's end), key, model, several of these such as day,key, or metadata.NAME. Default day.",
    ),
  from: time.optional().describe(`Inclusive. Default the beginning of the day (UTC) ${defaultDays} days before to.`),
  to: time.optional().describe("Exclusive. Default now."),
});

function hasNoneTwice(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

/** `GET /v1/usage` and `/v1/usage.csv`: what was charged for jobs that ended in a span of time. */
export function usageRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, prices, clock } = dependencies;
  return new Hono<ApiEnv>()
    .get("/usage", authenticate("usage:read"), async (c) => {
      const { groups, by, from, to } = await report(c, dependencies);
      const charged = groups.reduce((sum, group) => sum + group.charged, 0);
      const usage: z.infer<typeof usageSchema> = {
        object: "usage",
        currency: tableAt(prices, clock.now()).currency,
        group_by: by,
        from: isoTime(from),
        to: isoTime(to),
        charged,
        charged_decimal: decimalAmount(charged),
        data: groups.map(({ groups: names, ...sums }) => ({
          group: names.join(","),
          groups: [...names],
          ...sums,
          charged_decimal: decimalAmount(sums.charged),
        })),
      };
      return c.json(usage, 200, { "Cache-Control": "no-store" });
    })
    .get("/usage.csv", authenticate("usage:read"), async (c) => {
      const { groups, by } = await report(c, dependencies);
      return c.body(
        usageCsv(by.startsWith("metadata.") ? [by] : by.split(","), groups, tableAt(prices, clock.now()).currency),
        200,
        {
          "Content-Type": "text/csv; charset=utf-8",
          "Content-Disposition": 'attachment; filename="usage.csv"',
          "Cache-Control": "no-store",
        },
      );
    });
}

async function report(c: Context<ApiEnv>, { items, clock }: RouteDependencies) {
  const asked = Object.entries(c.req.query()).map(([name, text]) => [
    name,
    name === "group_by" ? text : queryTime(text),
  ]);
  const query = parseFields(usageQuerySchema, Object.fromEntries(asked));
  const by = query.group_by ?? "day";
  const grouping = (by.startsWith("metadata.") ? by : by.split(",")) as UsageGrouping;
  const now = clock.now();
  const to = query.to === undefined ? now + 1 : Date.parse(query.to);
  // From a midnight on: whole days are the cheapest to read.
  const from = query.from === undefined ? (Math.floor(to / dayMs) - defaultDays) * dayMs : Date.parse(query.from);
  if (from >= to || to - from > maxDays * dayMs) {
    const message = `from must lie before to, by at most ${maxDays} days, got ${c.req.query("from")} and ${c.req.query("to")}`;
    throw new InvalidInputError("invalid_value", message, { param: "from" });
  }
  const { accountId } = c.get("identity");
  return { groups: await usageReport(items, { accountId, from, to, by: grouping, now }), by, from, to };
}
