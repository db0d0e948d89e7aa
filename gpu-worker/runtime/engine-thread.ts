import { parentPort, workerData } from "node:worker_threads";
import { loadPipeline } from "../pipeline/load-pipeline.ts";
import { readModelInfo } from "../pipeline/model-folder.ts";
import { engineGenerate } from "./engine-generate.ts";
import { type EngineReply, type EngineRequest, type EngineThreadData, toErrorRecord } from "./engine-protocol.ts";

/**
 * Entry of the thread that owns the networks. onnxruntime-node runs a network on the thread that asked for it and blocks that thread's event
 * loop meanwhile; the process that renews leases and answers sockets must not be it.
 */
const port = parentPort;
if (!port) throw new Error("engine-thread.ts must be started as a worker thread by engine-client.ts");
const { modelDir, threads, loras, cancelFlag, ...infoOptions } = workerData as EngineThreadData;
const canceled = new Int32Array(cancelFlag);
const reply = (message: EngineReply) => port.postMessage(message);

try {
  const model = await readModelInfo(modelDir, infoOptions);
  const pipeline = await loadPipeline(modelDir, { ...(threads !== undefined && { threads }), ...(loras && { loras }) });
  port.on("message", async (request: EngineRequest) => {
    if (request.type === "close") {
      await pipeline.release();
      port.close(); // nothing else keeps the thread alive
      return;
    }
    try {
      for await (const event of engineGenerate(pipeline, request.params, () => Atomics.load(canceled, 0) === 1)) {
        reply({ type: "event", event });
      }
      reply({ type: "done" });
    } catch (error) {
      reply({ type: "failed", error: toErrorRecord(error) });
    }
  });
  reply({ type: "loaded", model });
} catch (error) {
  reply({ type: "failed", error: toErrorRecord(error) });
}
