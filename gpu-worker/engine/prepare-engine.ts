import { InvalidFileError, InvalidInputError, PipelineError } from "../../shared/errors.ts";
import type { Log } from "../../shared/process/log.ts";
import type { EngineSetup } from "../engine.ts";
import { transformerConfig } from "../graph/architectures/z-image-config.ts";
import { measureProducts } from "../networks/measure-products.ts";
import { chooseRuntime, type RuntimeChoice } from "../runtime/choose-runtime.ts";
import { capabilityRemedy, freeMemoryBytes, listNvidiaGpus } from "../runtime/device-memory.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import type { WeightLayout } from "../weights/convert/plan-conversion.ts";
import { configPath } from "../weights/folder/component-config.ts";
import { readJsonFile } from "../weights/folder/json-file.ts";
import { type ModelFolder, openModelFolder } from "../weights/folder/model-folder.ts";
import type { ModelParts } from "../weights/folder/named-parts.ts";
import { layoutPlans, loadCheckpoint, plannedBytes } from "../weights/load-checkpoint.ts";
import type { PrecisionChoice } from "./choose-layout.ts";
import type { MemoryPlan, Residency } from "./memory-plan.ts";
import { planForModel } from "./plan-for-model.ts";

export interface PrepareEngineOptions {
  readonly runtime?: RuntimeChoice;
  readonly device?: EngineSetup["device"];
  readonly memoryBytes?: number;
  readonly residency?: Residency;
  readonly parts?: ModelParts;
  /** @default "auto" */
  readonly precision?: PrecisionChoice;
  /** CPU threads, as the networks will have them. */
  readonly threads?: number;
  readonly log: Log;
}

/**
 * Decide how to run a model here, before anything of it is loaded.
 * @param side - of the images to plan for, in pixels
 */
export async function prepareEngine(
  modelDir: string,
  side: number,
  {
    runtime: choice = "auto",
    device = "cpu",
    memoryBytes,
    residency,
    parts,
    precision = "auto",
    threads,
    log,
  }: PrepareEngineOptions,
): Promise<Omit<EngineSetup, "plan"> & { readonly plan: MemoryPlan }> {
  if (device === "cuda") await requireCapableGpu();
  const folder = await openModelFolder(modelDir, parts);
  const config = await readJsonFile(configPath("transformer", folder.transformer), transformerConfig);
  const { name, runtime } = chooseRuntime(choice, { device, threads });
  const memory = memoryBytes ?? (await freeMemoryBytes(device));
  const planFor = (wanted: PrecisionChoice) =>
    planForModel(folder, {
      device,
      side,
      config,
      memoryBytes: memory,
      residency,
      precision: wanted,
      measure: () => measureProducts(runtime),
    });
  const plan = await planFor(precision);
  if (plan.layout === undefined) return { device, runtime: name, plan };
  await requireProducts(plan, device, runtime);
  try {
    await layOut(folder, plan.layout, log);
    return { device, runtime: name, plan };
  } catch (error) {
    // Nobody asked for this layout: a folder that cannot be written is no reason not to draw.
    if (precision !== "auto" || !(error instanceof InvalidFileError)) throw error;
    const stored = await planFor("stored");
    return { device, runtime: name, plan: { ...stored, reason: `${stored.reason}; ${error.message}` } };
  }
}

/**
 * Nothing is asked of a machine whose driver does not answer: what is missing there is named when a session is made.
 * @throws PipelineError where the first NVIDIA GPU, the one that is taken, lacks what the engine computes in
 */
async function requireCapableGpu(): Promise<void> {
  const [gpu] = await listNvidiaGpus();
  const remedy = gpu && capabilityRemedy(gpu);
  if (remedy) throw new PipelineError("runtime_missing", `cuda cannot be used: ${remedy}`);
}

/** @throws InvalidInputError where the products that the plan is made of would be wrong */
async function requireProducts({ precision }: MemoryPlan, device: EngineSetup["device"], runtime: OnnxRuntime) {
  if (precision !== "w8a8" || device === "cuda") return;
  const problem =
    device === "webgpu"
      ? "products of integers are for cpu and cuda"
      : (await measureProducts(runtime)).w8a8 === undefined &&
        "this processor gives wrong products of integers: it has neither VNNI nor AMX";
  if (problem) throw new InvalidInputError("invalid_config", `precision w8a8: ${problem}; take int4 or stored`);
}

/** Write the layout beside the weights, unless it is there. */
async function layOut(folder: ModelFolder, layout: WeightLayout, log: Log): Promise<void> {
  const parts = [
    ["text_encoder", folder.textEncoder],
    ["transformer", folder.transformer],
  ] as const;
  for (const [component, path] of parts) {
    const plans = layoutPlans(openCheckpoint(path, component), layout);
    if (plans.length === 0) continue;
    const size = `${(plannedBytes(plans) / 1e9).toFixed(1)} GB`;
    log("info", `${component}: ${layout}, ${size}, laid out beside the weights where it is not yet`, { path });
    await loadCheckpoint(path, component, layout);
  }
}
