import { parentPort, workerData } from "node:worker_threads";
import { log } from "../log.ts";
import { openImageClassifier } from "../moderation/image-classifier.ts";
import { chooseRuntime } from "../runtime/choose-runtime.ts";
import { openWatermark } from "../watermark/watermark.ts";
import { readModelInfo } from "../weights/folder/model-folder.ts";
import { engineGenerate } from "./engine-generate.ts";
import { type EngineReply, type EngineRequest, type EngineThreadData, toErrorRecord } from "./engine-protocol.ts";
import { loadPipeline } from "./load-pipeline.ts";
import { prepareEngine } from "./prepare-engine.ts";

/**
 * Entry of the thread that owns the networks. onnxruntime-node runs a network on the thread that asked for it and
 * blocks that thread's event loop meanwhile; the process that renews leases and answers sockets must not be it.
 */
const port = parentPort;
if (!port) throw new Error("engine-thread.ts must be started as a worker thread by engine-client.ts");
const {
  modelDir,
  modelId,
  parts,
  random,
  threads,
  loras,
  captureGraphs,
  cancelFlag,
  classifierPath,
  visibleMark,
  watermark,
} = workerData as EngineThreadData;
const canceled = new Int32Array(cancelFlag);
const reply = (message: EngineReply) => port.postMessage(message);

try {
  const model = await readModelInfo(modelDir, {
    modelId,
    random,
    parts,
  });
  const isCanceled = () => Atomics.load(canceled, 0) === 1;
  const { plan, ...setup } = await prepareEngine(modelDir, model.defaultSide, {
    ...(workerData as EngineThreadData),
    log: log,
  });
  const { device } = setup;
  const pipeline = await loadPipeline(modelDir, {
    plan,
    parts,
    runtime: setup.runtime,
    device,
    isCanceled,
    threads,
    loras,
    captureGraphs: captureGraphs || undefined,
    computeDtype: device === "cuda" ? ("bfloat16" as const) : undefined,
    onStepDown: ({ reason }) => log("warn", reason),
  });
  // Small networks: beside a GPU, the processor is free.
  const mark = watermark && (await openWatermark(watermark.path, chooseRuntime(setup.runtime, { threads }).runtime));
  if (watermark && !mark)
    log("warn", "images have no watermark: its description is not there", { path: watermark.path });
  const classifier = classifierPath
    ? await openImageClassifier(classifierPath, chooseRuntime(setup.runtime, { threads }).runtime)
    : undefined;
  const stages = { classifier, visibleMark, watermark: watermark && mark && { ...watermark, mark } };
  port.on("message", async (request: EngineRequest) => {
    if (request.type === "close") {
      await pipeline.release();
      if (classifier) await classifier.release();
      await mark?.release();
      port.close(); // nothing else keeps the thread alive
      return;
    }
    try {
      for await (const event of engineGenerate(pipeline, request.params, isCanceled, stages)) {
        reply({ type: "event", event });
      }
      reply({ type: "done" });
    } catch (error) {
      reply({ type: "failed", error: toErrorRecord(error) });
    }
  });
  reply({ type: "loaded", model, setup: { ...setup, plan: plan.reason } });
} catch (error) {
  reply({ type: "failed", error: toErrorRecord(error) });
}
