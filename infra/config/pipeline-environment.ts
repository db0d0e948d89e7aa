import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { environment } from "../../shared/environment.ts";
import type { ScalingSettings } from "../../shared/fair-queue/scaling.ts";
import type { Store } from "../grant-permissions.ts";
import type { StackConfig } from "./settings.ts";

/** Every Markdown page under `docs/`, with the images beside them: the API itself decides which of them it serves. */
export function docsPages(): string[] {
  const folder = resolve(import.meta.dirname, "../../docs");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .map((name) => name.split(sep).join("/"))
    .filter((name) => name.endsWith(".md") || /^[^/]+\.webp$/.test(name))
    .sort();
}

/**
 * Files of the built page, by their paths in `page/dist`; none where it was not built, as in tests: the API then says
 * so to browsers. `npm run deploy` builds it first.
 */
export function pageFiles(folder = resolve(import.meta.dirname, "../../page/dist")): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return (
    files
      .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join("/"))
      // What the build notes for itself.
      .filter((name) => !name.startsWith("."))
      .sort()
  );
}

/** Namespace of the metrics that are read from logs. */
export const metricsNamespace = (config: StackConfig): string => `ZImage/${config.environment}`;

/** Variables that `readStateConfig` reads. */
export function stateEnvironment({ table, jobQueue, batchQueue, noticeQueue, runQueue, images }: Store) {
  return {
    [environment.state]: "aws",
    [environment.tableName]: table.tableName,
    [environment.queueUrl]: jobQueue.queue.queueUrl,
    [environment.batchQueueUrl]: batchQueue.queue.queueUrl,
    [environment.deadLetterQueueUrl]: jobQueue.deadLetters.queueUrl,
    [environment.notifyQueueUrl]: noticeQueue.queue.queueUrl,
    [environment.runQueueUrl]: runQueue.queue.queueUrl,
    [environment.bucketName]: images.bucketName,
  };
}

/** Variables that `readTracingSettings` reads. */
export function tracesEnvironment(
  { traces, tracePercent, tracesHeadersSecret }: StackConfig,
  region: string,
): { [name: string]: string } {
  if (traces === "") return {};
  return {
    [environment.tracesEndpoint]: traces === "xray" ? `https://xray.${region}.amazonaws.com/v1/traces` : traces,
    [environment.tracesRatio]: String(tracePercent / 100),
    ...(tracesHeadersSecret !== "" && { [environment.tracesHeadersSecret]: tracesHeadersSecret }),
  };
}

/** Variables of those that take requests and rows: prices and rules. */
export function acceptanceEnvironment(config: StackConfig): { [name: string]: string } {
  return { ...(config.prices !== "" && { [environment.prices]: config.prices }), ...moderationEnvironment(config) };
}

/** Variables that `readModeration` reads. */
export function moderationEnvironment({ moderation, moderationKeySecret }: StackConfig): { [name: string]: string } {
  if (moderation === "") return {};
  return {
    [environment.moderation]: moderation,
    ...(moderationKeySecret !== "" && { [environment.moderationKeySecret]: moderationKeySecret }),
  };
}

/** Variables of the worker alone: what images say of themselves. */
export function markEnvironment({ labelling, aigcProducer, visibleMark, watermark, watermarkName }: StackConfig) {
  const variables = {
    [environment.labelling]: labelling,
    [environment.aigcProducer]: aigcProducer,
    [environment.visibleMark]: visibleMark,
    [environment.watermark]: watermark,
    [environment.watermarkName]: watermarkName,
  };
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
}

/** The variable of all that sign. @param keyArn - absent: nothing is signed */
export function signingEnvironment(keyArn: string | undefined): { [name: string]: string } {
  return keyArn === undefined ? {} : { [environment.signingKey]: keyArn };
}

/** Variables that `openCloud` reads. */
export function functionEnvironment(config: StackConfig, store: Store) {
  return {
    ...stateEnvironment(store),
    [environment.modelId]: config.modelId,
    [environment.modelFamily]: config.modelFamily,
    [environment.modelAliases]: config.modelAliases,
    [environment.modelSide]: String(config.modelSide),
    [environment.modelSteps]: String(config.modelSteps),
    [environment.imageRetentionDays]: String(config.imageRetentionDays),
    [environment.recordYears]: String(config.recordYears),
  };
}

/** Without a worker image there is nothing to start. */
export function scalingOf(config: StackConfig): Partial<ScalingSettings> {
  return {
    minWorkers: config.workerImage === "" ? 0 : config.minWorkers,
    maxWorkers: config.workerImage === "" ? 0 : config.maxWorkers,
    targetDrainS: config.targetDrainS,
    idleS: config.idleS,
    spot: config.spot,
  };
}
