import { randomInt } from "node:crypto";
import { ensureLinkSecret } from "../../shared/access/link-secret.ts";
import { environment } from "../../shared/environment.ts";
import { randomSeeds } from "../../shared/limits.ts";
import { readModeration } from "../../shared/moderation/moderation-settings.ts";
import { readPrices } from "../../shared/money/read-prices.ts";
import { createRequestBudget } from "../../shared/net/request-budget.ts";
import { QueueView } from "../api/jobs/queue-view.ts";
import { Moderator } from "../api/moderation/moderator.ts";
import { openCloud } from "../open-cloud.ts";
import { handleSteps, type StepEvent } from "./steps/handle-steps.ts";
import { takeStep } from "./steps/take-step.ts";

/**
 * Entry of the function of runs: one message in, one step taken, the message of the next step out. `test/cloud/` runs
 * it, bundled, on emulators of AWS.
 */
const { env } = process;
const cloud = openCloud(env);
const { items, queue, clock, log, runSteps } = cloud;
const given = {
  ...cloud,
  prices: readPrices(env[environment.prices]),
  queueView: new QueueView({ items, queue, clock }),
  moderator: new Moderator({ items, clock, log, moderation: readModeration(env) }),
  localMode: env[environment.localMode] === "1",
  newSeed: () => randomInt(randomSeeds),
  budget: createRequestBudget(cloud),
};
let linkSecret: string | undefined;

export async function handler(event: StepEvent) {
  linkSecret ??= await ensureLinkSecret(items);
  const dependencies = { ...given, linkSecret };
  return handleSteps(event, { runSteps, clock, log, takeStep: (message) => takeStep(message, dependencies) });
}
