import { liveAccountSecrets } from "../../shared/access/account-secrets.ts";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { ensureLinkSecret } from "../../shared/access/link-secret.ts";
import { createLinkSigner } from "../../shared/access/signed-link.ts";
import { environment } from "../../shared/environment.ts";
import { InvalidInputError } from "../../shared/errors.ts";
import { resultLinkS } from "../../shared/limits.ts";
import { guardedFetch } from "../../shared/net/guarded-fetch.ts";
import { openTracing, readTracingSettings } from "../../shared/tracing/open-tracing.ts";
import { AttemptCounts } from "../../shared/webhooks/attempt-totals.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { foreignWebhookBody } from "../api/dialects/webhook-body.ts";
import { presentJob } from "../api/jobs/present-job.ts";
import { openCloud } from "../open-cloud.ts";
import { DeliveryDispatcher } from "./dispatch-deliveries.ts";
import { handleNotices, type NoticeEvent } from "./handle-notices.ts";
import { wakeForRetry } from "./wake-for-retry.ts";

/**
 * Entry of the webhook dispatcher: notices in, the ids of those that were not served out. It has no network of ours
 * around it, and reaches receivers through `guardedFetch` alone. `test/cloud/` runs it, bundled, on emulators of AWS.
 */
const { env } = process;
const { items, jobs, clock, newId, log, models, notices } = openCloud(env, { announce: false });
const apiKeys = new ApiKeys({ items, clock, newId });
const endpoints = new WebhookEndpoints({ items, clock, newId });
const publicUrl = env[environment.publicUrl];
if (!publicUrl) throw new InvalidInputError("invalid_config", `${environment.publicUrl} is not set`);
const origin = publicUrl.replace(/(?<!\/)\/+$/, "");
const tracing = readTracingSettings(env);
const spans = tracing && openTracing(tracing, { part: "webhooks", clock, log });
const attempts = new AttemptCounts();
let secret: string | undefined;

export async function handler(event: NoticeEvent) {
  secret ??= await ensureLinkSecret(items);
  const link = createLinkSigner({ secret, origin, now: clock.now, lifeS: resultLinkS });
  const dispatcher = new DeliveryDispatcher({
    items,
    endpoints,
    clock,
    newId,
    random: Math.random,
    log,
    spans,
    onAttempt: (attempt) => attempts.add(attempt, clock.now()),
    onRetry: (at) => wakeForRetry(at, { notices, clock, log }),
    job: (jobId) => jobs.get(jobId),
    present: (job) => presentJob(job, { link }),
    foreignBody: (job) => foreignWebhookBody(job, { link, models }),
    secrets: async (accountId) => liveAccountSecrets(await apiKeys.getAccount(accountId), clock.now()),
    fetch: (to, request) => guardedFetch(to, { ...request, allowLoopback: env[environment.localMode] === "1" }),
  });
  const left = await handleNotices(event, { dispatcher, clock, log });
  await attempts
    .flushSometimes(items, clock.now())
    .catch((error: unknown) => log("warn", "failed to count webhook attempts", { error: String(error) }));
  await spans?.flush();
  return left;
}
