import { readFileSync } from "node:fs";
import { z } from "zod";
import { flag, optionalText, secretName, setting, wholeNumber } from "./setting.ts";

/** What a function's environment has room for, beside the other settings: 4 KB in all. */
const maxJsonCharacters = 2_000;

/** The JSON in the file, or the JSON itself, made compact. The functions check it when they start. */
const jsonFile = (what: string, remedy: string) =>
  z.string().transform((given, context) => {
    if (given === "") return "";
    try {
      const json = /^\s*[[{]/.test(given) ? given : readFileSync(given, "utf8");
      const text = JSON.stringify(JSON.parse(json));
      if (text.length <= maxJsonCharacters) return text;
      context.addIssue(`expected at most ${maxJsonCharacters} characters of JSON, got ${text.length}; ${remedy}`);
    } catch (error) {
      context.addIssue(`expected a JSON file of ${what}: ${(error as Error).message}`);
    }
    return z.NEVER;
  }) as z.ZodType<string>;

const logRetentions = [1, 3, 5, 7, 14, 30, 60, 90, 180, 365];

/** Settings of running it: what is kept for how long, who is told, and money. */
export const operationSettings = {
  imageRetentionDays: setting(
    wholeNumber(1, 3650),
    30,
    "days that images are kept",
    "as long as the jobs' own records",
  ),
  logRetentionDays: setting(
    wholeNumber(1, 3653).refine(
      (days) => logRetentions.includes(days),
      "expected 1, 3, 5, 7, 14, 30, 60, 90, 180 or 365",
    ),
    30,
    "days that logs are kept",
    "logs hold ids and timings, no prompts; a month answers most questions",
  ),
  alarmEmail: setting(
    optionalText(/^[^@\s]+@[^@\s]+$/, "ops@example.com"),
    "",
    "address that alarms and the budget write to",
    "nobody is written to unasked",
  ),
  monthlyBudgetUsd: setting(
    wholeNumber(0, 1_000_000),
    0,
    "writes to alarmEmail at 80 % and 100 % of this; 0 makes no budget",
    "needs an address",
  ),
  prices: setting(
    jsonFile("prices", "leave out past tables"),
    "",
    "path of a JSON file of prices, or the JSON itself (docs/billing.md)",
    "without one the example prices apply",
  ),
  moderation: setting(
    jsonFile("rules", "give long lists to accounts by PUT /v1/block-list"),
    "",
    "path of a JSON file of rules for prompts, or the JSON itself (docs/moderation.md)",
    "without one a small block list applies",
  ),
  moderationKeySecret: setting(
    secretName("z-image/moderation"),
    "",
    "name or ARN of the Secrets Manager secret, of this region, whose text is the key for the services that moderation names",
    "services of one's own network ask for none; a key belongs neither into a template nor into a function's settings",
  ),
  traces: setting(
    optionalText(/^(xray|https:\/\/\S+)$/, "xray, or https://collector.example.com/v1/traces"),
    "",
    "where spans of requests, waits, attempts and webhooks are sent as OTLP: `xray`, or the address of a collector",
    "X-Ray is paid by the span and takes OTLP only where Transaction Search is switched on; trace ids are in the logs anyway",
  ),
  tracesHeadersSecret: setting(
    secretName("z-image/collector"),
    "",
    "name or ARN of the Secrets Manager secret, of this region, whose text is the collector's headers: " +
      "`NAME=VALUE,…`, such as `api-key=…`",
    "collectors of one's own network ask for none; a token belongs neither into a template nor into a function's settings",
  ),
  tracePercent: setting(
    wholeNumber(0, 100),
    10,
    "share of the requests without a caller's trace that is recorded; a caller's own sampling counts for its requests",
    "enough to see where time goes",
  ),
  budgetScope: setting(
    z.enum(["account", "deployment"]) as z.ZodType<"account" | "deployment">,
    "account",
    "what the budget counts: the whole account, or what carries this deployment's tag `deployment`",
    "a tag counts only from the day on which it is activated as a cost allocation tag (docs/deploy.md); before that the " +
      "budget would see nothing",
  ),
  usageExportUrl: setting(
    optionalText(/^https:\/\/\S+$/, "https://api.stripe.com/v1/billing/meter_events"),
    "",
    "where charges of accounts with a meter customer are reported, as Stripe meter events; needs usageKeySecret",
    "the ledger is enough for those who bill themselves (docs/billing.md)",
  ),
  usageKeySecret: setting(
    secretName("z-image/billing-key"),
    "",
    "name or ARN of the Secrets Manager secret, of this region, whose text is the billing system's key",
    "a key belongs neither into a template nor into a function's settings",
  ),
  usageMeter: setting(
    z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/),
    "z_image_usage",
    "name of the meter there; values are micro-units of the currency",
    "any name that the billing system knows",
  ),
  tableIndexes: setting(
    z.enum(["keys", "whole"]) as z.ZodType<"keys" | "whole">,
    "keys",
    "what the table's indexes hold: `keys` of the items, or `whole` items",
    "whole items are written again with every change; `whole` is for a table made before 30 November 2026, whose " +
      "indexes CloudFormation cannot change (docs/deploy.md)",
  ),
  tableName: setting(
    optionalText(/^[\w.-]{3,255}$/, "z-image-restored"),
    "",
    "existing DynamoDB table to take over in place of one of the stack's own: restored from a backup of one",
    "a new deployment has nothing to restore (docs/runbook.md has the drill)",
  ),
  retainData: setting(
    flag,
    true,
    "keep table and buckets when the stack is deleted",
    "a wrong command must not cost the ledger; set false for a trial that leaves nothing behind",
  ),
};
