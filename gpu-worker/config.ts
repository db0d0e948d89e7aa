import { environment } from "../shared/environment.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { leaseMs } from "../shared/limits.ts";
import { type ModerationSettings, readModeration } from "../shared/moderation/moderation-settings.ts";
import { wholeNumber } from "../shared/process/whole-number.ts";
import { type RecordKey, readRecordKeys } from "../shared/records/record-key.ts";
import { readRecordsS } from "../shared/records/record-years.ts";
import { readStateConfig, type StateConfig } from "../shared/state-config.ts";
import { readTracingSettings, type TracingSettings } from "../shared/tracing/open-tracing.ts";
import { precisionChoices } from "./engine/choose-layout.ts";
import type { LoadEngineOptions } from "./engine/engine-protocol.ts";
import { type MarkCorner, markCorners } from "./engine/finish/visible-mark.ts";
import { residencies } from "./engine/memory-plan.ts";
import { credentialsFolder } from "./provenance/c2pa/credentials-folder.ts";
import { runtimeChoices } from "./runtime/choose-runtime.ts";
import { readWatermark } from "./watermark/watermark-settings.ts";
import type { ModelParts } from "./weights/folder/named-parts.ts";
import { partsOfEnvironment } from "./weights/folder/part-options.ts";

export interface WorkerConfig {
  readonly state: StateConfig;
  readonly modelDir: string;
  readonly modelId?: string;
  /** Parts of the checkpoint, in place of those that would be found. */
  readonly parts?: ModelParts;
  readonly random: boolean;
  readonly threads?: number;
  readonly backend: Pick<
    LoadEngineOptions,
    "runtime" | "device" | "memoryBytes" | "residency" | "precision" | "captureGraphs"
  >;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly previews: boolean;
  readonly thumbnails: boolean;
  /** Folder of the key that signs images; absent: they are not signed. */
  readonly contentCredentials?: string;
  /** ARN of a key of KMS that signs images, in place of one in a folder. */
  readonly signingKey?: string;
  /** JSON of the networks that mark images invisibly, and what this deployment is called in the mark. */
  readonly watermark?: { readonly path: string; readonly deployment: string };
  /** Corner in which images say that they are generated. */
  readonly visibleMark?: MarkCorner;
  /** Rules for images. */
  readonly moderation: ModerationSettings;
  /** The deployer's code as a provider of generated content. */
  readonly aigcProducer?: string;
  /** How long records of what was made are kept, in seconds. */
  readonly recordsS: number;
  /** Seals the prompts in them. @default they have none */
  readonly promptKey?: RecordKey | undefined;
  /** Folder of the LoRAs and ControlNets that jobs may name. */
  readonly adaptersDir?: string;
  /** Address of a reader of text. @default no text is read */
  readonly textReaderUrl?: string;
  /** Folder for the LoRAs of accounts, fetched from the object store. @default a folder for temporary files */
  readonly adapterCacheDir?: string;
  /** Bucket and prefix to fetch the weights from before the start; absent when they are in `modelDir` already. */
  readonly weights?: { readonly bucket: string; readonly prefix: string };
  readonly metricsNamespace?: string;
  readonly ecsAgentUri?: string;
  /** Where the machine says that it will be taken away. @default EC2's own address */
  readonly metadataUrl?: string;
  readonly healthFile?: string;
  /** What its deployment calls it. */
  readonly version?: string;
  /** Where spans are sent; absent: none are made. */
  readonly tracing?: TracingSettings;
}

/** Less than the two minutes that ECS and a spot notice leave, so that giving back still fits. */
const defaultGraceMs = 100_000;

/** @throws InvalidInputError naming the variable, the value and what is expected */
export function readWorkerConfig(env: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const modelDir = env[environment.modelDir];
  if (!modelDir) {
    throw badConfig(
      `${environment.modelDir} is not set; give the folder of a checkpoint (transformer/, text_encoder/, vae/ …)`,
    );
  }
  const modelId = env[environment.modelId];
  const bucket = env[environment.weightsBucket];
  const prefix = env[environment.weightsPrefix];
  const metricsNamespace = env[environment.metricsNamespace];
  const ecsAgentUri = env[environment.ecsAgentUri];
  const healthFile = env[environment.healthFile];
  const threads = positiveInteger(env, environment.threads);
  const adaptersDir = env[environment.adaptersDir];
  const state = readStateConfig(env);
  return {
    state,
    modelDir,
    modelId: modelId || undefined,
    parts: partsOfEnvironment(env, (message) => new InvalidInputError("invalid_config", message)),
    random: env[environment.modelRandom] === "1",
    threads,
    backend: readBackend(env),
    leaseMs: positiveInteger(env, environment.leaseMs) ?? leaseMs,
    graceMs: positiveInteger(env, environment.graceMs) ?? defaultGraceMs,
    previews: env[environment.previews] !== "0",
    ...signingOf(env, state),
    watermark: readWatermark(env),
    visibleMark: oneOf(env, environment.visibleMark, markCorners),
    moderation: readModeration(env),
    thumbnails: env[environment.thumbnails] !== "0",
    aigcProducer: producerOf(env),
    recordsS: readRecordsS(env),
    promptKey: readRecordKeys(env)[0],
    adaptersDir: adaptersDir || undefined,
    textReaderUrl: address(env, environment.textReaderUrl),
    adapterCacheDir: env[environment.adapterCacheDir] || undefined,
    weights: bucket && prefix ? { bucket, prefix } : undefined,
    metricsNamespace: metricsNamespace || undefined,
    ecsAgentUri: ecsAgentUri || undefined,
    metadataUrl: env[environment.metadataEndpoint] || undefined,
    healthFile: healthFile || undefined,
    version: env[environment.workerVersion] || undefined,
    tracing: readTracingSettings(env),
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

function readBackend(env: Environment): WorkerConfig["backend"] {
  const runtime = oneOf(env, environment.runtime, runtimeChoices);
  const device = oneOf(env, environment.device, ["cpu", "cuda", "webgpu"]);
  const residency = oneOf(env, environment.residency, residencies);
  const precision = oneOf(env, environment.precision, precisionChoices);
  const memoryGb = positiveInteger(env, environment.memoryGb);
  return {
    runtime,
    device,
    residency,
    precision,
    memoryBytes: memoryGb === undefined ? undefined : memoryGb * 1e9,
    captureGraphs: env[environment.captureGraphs] === "1" ? true : undefined,
  };
}

/** What signs images: a key in a folder, or one of KMS. @throws InvalidInputError where both are named */
function signingOf(env: Environment, state: StateConfig): Pick<WorkerConfig, "contentCredentials" | "signingKey"> {
  const contentCredentials = credentialsFolder(env, state.kind === "embedded" ? state.dataDir : undefined);
  const signingKey = env[environment.signingKey] || undefined;
  if (signingKey === undefined || env[environment.contentCredentials] === "off") return { contentCredentials };
  if (env[environment.contentCredentials]) {
    throw badConfig(
      `${environment.contentCredentials} names a folder and ${environment.signingKey} a key of KMS; set one of them`,
    );
  }
  return { signingKey };
}

/** @throws InvalidInputError where China's label must name the provider, and nobody said who that is */
function producerOf(env: Environment): string | undefined {
  const producer = env[environment.aigcProducer]?.trim() || undefined;
  if (oneOf(env, environment.labelling, ["cn"]) === "cn" && producer === undefined) {
    throw badConfig(
      `${environment.labelling}=cn needs your code as a provider of generated content; set ${environment.aigcProducer}`,
    );
  }
  return producer;
}

function oneOf<T extends string>(env: Environment, name: string, values: readonly T[]): T | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) {
    throw badConfig(`${name} must be one of ${values.join(", ")}, got "${text}"`);
  }
  return value;
}

function address(env: Environment, name: string): string | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw badConfig(`${name} must be an http or https address, got "${text}"`);
}

function positiveInteger(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  return wholeNumber(name, text, { min: 1, error: badConfig });
}

function badConfig(message: string): InvalidInputError {
  return new InvalidInputError("invalid_config", message);
}
