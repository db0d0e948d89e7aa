import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Hono } from "hono";
import { streamHandle } from "hono/aws-lambda";
import { ensureLinkSecret } from "../../shared/access/link-secret.ts";
import { environment } from "../../shared/environment.ts";
import { longestResponseMs } from "../../shared/limits.ts";
import { readModeration } from "../../shared/moderation/moderation-settings.ts";
import { readPrices } from "../../shared/money/read-prices.ts";
import { readCorsOrigins } from "../../shared/net/cors-origins.ts";
import { openOnce } from "../../shared/ports/open-later.ts";
import { openTracing, readTracingSettings } from "../../shared/tracing/open-tracing.ts";
import { openCloud } from "../open-cloud.ts";
import { createApp } from "./app.ts";
import { cdnImages, clampWait, withoutConnectionHeaders } from "./http/lambda-edge.ts";

/**
 * Entry of the API function: what it needs is opened while the function starts, on the processor time that starts are
 * given. `test/cloud/` runs it, bundled, behind emulators of AWS.
 */
const { env } = process;
const cloud = openCloud(env);
const publicUrl = env[environment.publicUrl];
const objects = env[environment.imageLinks] === "s3" ? cloud.objects : cdnImages(cloud.objects);

const tracing = readTracingSettings(env);
const spans = tracing && openTracing(tracing, { part: "api", clock: cloud.clock, log: cloud.log });

/** Loaded with the first file that is checked: few functions get one. */
const openReader = openOnce(async () => {
  const { openLambdaCredentials } = await import("./verify/lambda-credentials.ts");
  return openLambdaCredentials({ ...cloud, folder: env.LAMBDA_TASK_ROOT ?? "." });
});

const openApp = openOnce(async () =>
  createApp({
    ...cloud,
    prices: readPrices(env[environment.prices]),
    moderation: readModeration(env),
    objects,
    linkSecret: await ensureLinkSecret(cloud.items),
    publicUrl: publicUrl || undefined,
    corsOrigins: readCorsOrigins(env[environment.corsOrigins], environment.corsOrigins),
    spans,
    traceRatio: tracing?.ratio,
    // Nothing but our distribution can call this function, and it sets the header itself.
    trustProxy: true,
    hearsLostConnections: false,
    longestResponseMs: Number(env[environment.longestResponseMs] ?? longestResponseMs),
    imageRetentionS: 86_400 * Number(env[environment.imageRetentionDays] || 30),
    localMode: env[environment.localMode] === "1",
    readCredentials: async (file, format) => (await openReader())(file, format),
    readDocsAsset: readBeside("docs"),
    readPageFile: readBeside("page"),
  }),
);

/** Files beside the bundle, which holds no packages; Lambda says where that is. */
function readBeside(folder: string) {
  return (name: string) => readFile(join(env.LAMBDA_TASK_ROOT ?? ".", folder, name)).catch(() => undefined);
}

const front = new Hono();
front.all("*", async (c) => {
  const { fetch } = await openApp();
  const response = withoutConnectionHeaders(await fetch(clampWait(c.req.raw), c.env));
  // Once the response has been sent, the function is frozen.
  await spans?.flush();
  return response;
});

export const handler = streamHandle(front);
