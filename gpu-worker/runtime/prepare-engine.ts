import type { EngineSetup } from "../engine.ts";
import { transformerConfig } from "../graph/z-image-config.ts";
import { configPath } from "../pipeline/component-config.ts";
import { readJsonFile } from "../pipeline/json-file.ts";
import type { MemoryPlan, Residency } from "../pipeline/memory-plan.ts";
import { openModelFolder } from "../pipeline/model-folder.ts";
import { planForModel } from "../pipeline/plan-for-model.ts";
import { chooseRuntime, type RuntimeChoice } from "./choose-runtime.ts";
import { freeMemoryBytes } from "./device-memory.ts";

export interface PrepareEngineOptions {
  readonly runtime?: RuntimeChoice;
  readonly device?: EngineSetup["device"];
  readonly memoryBytes?: number;
  readonly residency?: Residency;
}

/** Decide how to run a model here, before anything of it is loaded. @param side - of the pictures to plan for, in pixels */
export async function prepareEngine(
  modelDir: string,
  side: number,
  { runtime = "auto", device = "cpu", memoryBytes, residency }: PrepareEngineOptions,
): Promise<Omit<EngineSetup, "plan"> & { readonly plan: MemoryPlan }> {
  const folder = await openModelFolder(modelDir);
  const config = await readJsonFile(configPath("transformer", folder.transformer), transformerConfig);
  const plan = await planForModel(folder, {
    ...{ device, side, config },
    memoryBytes: memoryBytes ?? (await freeMemoryBytes(device)),
    ...(residency && { residency }),
  });
  return { device, runtime: chooseRuntime(runtime, { device }).name, plan };
}
