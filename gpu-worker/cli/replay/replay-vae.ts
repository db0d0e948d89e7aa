import { join } from "node:path";
import { loadVae } from "../../networks/vae-model.ts";
import { posteriorStd, scaleLatents, toPixels } from "../../pipeline/image-pixels.ts";
import { createNodeRuntime } from "../../runtime/onnx-session.ts";
import { tensor } from "../../tensor.ts";
import { openModelFolder } from "../../weights/folder/model-folder.ts";
import { type Comparison, imageTolerance } from "./comparison.ts";
import { type GoldenCase, storedTensor, storedValues } from "./golden-case.ts";

/** Image → posterior → latents, and latents → image. */
export async function replayVae(golden: GoldenCase, checkpoints: string, comparison: Comparison): Promise<void> {
  const folder = await openModelFolder(join(checkpoints, golden.checkpoint ?? ""));
  const vae = await loadVae(folder.vae, createNodeRuntime());
  comparison.inputs("input_image_u8", "decode_input");
  try {
    const image = storedTensor(golden, "input_image_u8");
    const [height = 0, width = 0] = image.shape;
    const pixels = toPixels({ data: Uint8Array.from(storedValues(image)), width, height });
    const { mean, logvar } = await vae.encode(pixels);
    comparison.tensor("pixels", pixels);
    comparison.tensor("mean", mean);
    comparison.tensor("logvar", logvar);
    comparison.tensor("std", posteriorStd(logvar));
    comparison.tensor("latents", scaleLatents(mean, vae));

    const z = storedTensor(golden, "decode_input");
    const decoded = await vae.decode(tensor(Float32Array.from(storedValues(z)), z.shape.slice(1)));
    comparison.tensor("decoded", decoded, imageTolerance);
  } finally {
    await vae.release();
  }
}
