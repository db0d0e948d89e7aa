import { environment } from "../shared/environment.ts";
import { InvalidInputError } from "../shared/errors.ts";
import { leaseMs } from "../shared/limits.ts";
import { readStateConfig, type StateConfig } from "../shared/state-config.ts";

export interface WorkerConfig {
  readonly state: StateConfig;
  readonly modelDir: string;
  readonly modelId?: string;
  readonly random: boolean;
  readonly threads?: number;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly previews: boolean;
  /** Where the weights are fetched from before the start; absent where they lie in `modelDir` already. */
  readonly weights?: { readonly bucket: string; readonly prefix: string };
  readonly metricsNamespace?: string;
  readonly ecsAgentUri?: string;
}

/** Less than the two minutes that ECS and a spot notice leave, so that giving back still fits. */
const defaultGraceMs = 100_000;

/** @throws InvalidInputError naming the variable, the value and what is expected */
export function readWorkerConfig(env: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const modelDir = env[environment.modelDir];
  if (!modelDir) {
    throw new InvalidInputError(
      "invalid_config",
      `${environment.modelDir} is not set; give the folder of a checkpoint (transformer/, text_encoder/, vae/ …)`,
    );
  }
  const modelId = env[environment.modelId];
  const bucket = env[environment.weightsBucket];
  const prefix = env[environment.weightsPrefix];
  const metricsNamespace = env[environment.metricsNamespace];
  const ecsAgentUri = env[environment.ecsAgentUri];
  const threads = positiveInteger(env, environment.threads);
  return {
    state: readStateConfig(env),
    modelDir,
    ...(modelId && { modelId }),
    random: env[environment.modelRandom] === "1",
    ...(threads !== undefined && { threads }),
    leaseMs: positiveInteger(env, environment.leaseMs) ?? leaseMs,
    graceMs: positiveInteger(env, environment.graceMs) ?? defaultGraceMs,
    previews: env[environment.previews] !== "0",
    ...(bucket && prefix && { weights: { bucket, prefix } }),
    ...(metricsNamespace && { metricsNamespace }),
    ...(ecsAgentUri && { ecsAgentUri }),
  };
}

function positiveInteger(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidInputError("invalid_config", `${name} must be a whole number of at least 1, got "${text}"`);
  }
  return value;
}
