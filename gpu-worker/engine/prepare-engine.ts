import type { EngineSetup } from "../engine.ts";
import { transformerConfig } from "../graph/architectures/z-image-config.ts";
import { chooseRuntime, type RuntimeChoice } from "../runtime/choose-runtime.ts";
import { freeMemoryBytes } from "../runtime/device-memory.ts";
import { configPath } from "../weights/folder/component-config.ts";
import { readJsonFile } from "../weights/folder/json-file.ts";
import { type ModelParts, openModelFolder } from "../weights/folder/model-folder.ts";
import type { MemoryPlan, Residency } from "./memory-plan.ts";
import { planForModel } from "./plan-for-model.ts";

export interface PrepareEngineOptions {
  readonly runtime?: RuntimeChoice;
  readonly device?: EngineSetup["device"];
  readonly memoryBytes?: number;
  readonly residency?: Residency;
  readonly parts?: ModelParts;
}

/**
 * Decide how to run a model here, before anything of it is loaded.
 * @param side - of the images to plan for, in pixels
 */
export async function prepareEngine(
  modelDir: string,
  side: number,
  { runtime = "auto", device = "cpu", memoryBytes, residency, parts }: PrepareEngineOptions,
): Promise<Omit<EngineSetup, "plan"> & { readonly plan: MemoryPlan }> {
  const folder = await openModelFolder(modelDir, parts);
  const config = await readJsonFile(configPath("transformer", folder.transformer), transformerConfig);
  const plan = await planForModel(folder, {
    device,
    side,
    config,
    memoryBytes: memoryBytes ?? (await freeMemoryBytes(device)),
    residency,
  });
  return { device, runtime: chooseRuntime(runtime, { device }).name, plan };
}
