import { join } from "node:path";
import type { ControlNetConfig } from "../../gpu-worker/graph/architectures/control-net-config.ts";
import { buildOmniTransformer } from "../../gpu-worker/graph/architectures/omni-transformer.ts";
import { buildTextEncoder } from "../../gpu-worker/graph/architectures/text-encoder.ts";
import { buildVaeDecoder } from "../../gpu-worker/graph/architectures/vae-decoder.ts";
import { buildVaeEncoder } from "../../gpu-worker/graph/architectures/vae-encoder.ts";
import { buildVisionEncoder, visionConfig } from "../../gpu-worker/graph/architectures/vision-encoder.ts";
import {
  textEncoderConfig,
  transformerConfig,
  vaeConfig,
} from "../../gpu-worker/graph/architectures/z-image-config.ts";
import { buildTransformer } from "../../gpu-worker/graph/architectures/z-image-transformer.ts";
import type { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import { cast } from "../../gpu-worker/graph/ops/arithmetic.ts";
import { upsampleNearest2d } from "../../gpu-worker/graph/ops/convolution.ts";
import type { FloatDtype } from "../../gpu-worker/graph/value.ts";
import type { ConversionTarget } from "../../gpu-worker/weights/convert/plan-conversion.ts";
import { readJsonFile } from "../../gpu-worker/weights/folder/json-file.ts";

/** A graph of the product that every GPU backend must have kernels for. */
export interface NetworkGraph {
  readonly label: string;
  readonly build: (g: GraphBuilder) => void;
  /** What it computes in where it runs in production on CUDA. */
  readonly computeDtype: FloatDtype;
  /** What `models convert` made of its weights. */
  readonly form: ConversionTarget;
  /** A value for each symbolic size. With fixed sizes no shape arithmetic is left, which by design runs on the CPU. */
  readonly sizes: Readonly<Record<string, number>>;
}

/**
 * Two layers stand for all where the weights are quantised: their scales are cast at load, which takes seconds at full
 * depth.
 */
function depth<T extends { readonly layers: number }>(form: ConversionTarget, config: T): T {
  return form === "bf16" ? config : { ...config, layers: 2 };
}

/** The last multiplies integers, `PRECISION=w8a8`. */
const forms = ["bf16", "int8", "int4", "int8-convrot"] as const;

/** Sizes of a 512×512 image with 64 caption tokens. */
const tokens = { B: 1, X: 1024, C: 64, S: 1088, R: 1088 };
/** Two images and the vision features of one. */
const omniSizes = { X: 2048, C: 64, G: 1024, S: 3136, R: 3136 };
const image = { h: 64, w: 64, "8*h": 512, "8*w": 512 };

/** The generations of ControlNets as published, each with the first two of its places. */
const controlNets: Readonly<Record<string, ControlNetConfig>> = {
  "1.0": { inChannels: 16, places: [0, 5], refiner: "plain", refinerPlaces: [], refinerLayers: 2, dim: 3840 },
  "2.0": {
    inChannels: 33,
    places: [0, 2],
    refiner: "control_layers",
    refinerPlaces: [0, 1],
    refinerLayers: 2,
    dim: 3840,
  },
  "2.1": {
    inChannels: 33,
    places: [0, 2],
    refiner: "control_noise_refiner",
    refinerPlaces: [0, 1],
    refinerLayers: 2,
    dim: 3840,
  },
};

/** SigLIP-2 so400m, the vision tower that the Omni architecture reads. */
const vision = visionConfig.parse({
  model_type: "siglip2_vision_model",
  hidden_size: 1152,
  intermediate_size: 4304,
  num_hidden_layers: 27,
  num_attention_heads: 16,
  num_patches: 256,
  patch_size: 16,
  layer_norm_eps: 1e-6,
  hidden_act: "gelu_pytorch_tanh",
});

/** One that CUDA cannot run: it has no Resize for bfloat16. Shows that the test would notice. */
export const graphWithoutKernel: NetworkGraph = {
  label: "bfloat16 Resize",
  form: "bf16",
  computeDtype: "bfloat16",
  sizes: { h: 64, w: 64 },
  build(g) {
    const x = cast(g, g.input("x", "float32", [1, 4, "h", "w"]), "bfloat16");
    g.output(
      "y",
      g.scope("upsampler", () => cast(g, upsampleNearest2d(g, x), "float32")),
    );
  },
};

/** Every network at the size of a released model. A new one is a line here. */
export async function networkGraphs(model = "z-image-turbo"): Promise<NetworkGraph[]> {
  const folder = join(import.meta.dirname, "../../gpu-worker/weights/released", model);
  const transformer = await readJsonFile(join(folder, "transformer/config.json"), transformerConfig);
  const textEncoder = await readJsonFile(join(folder, "text_encoder/config.json"), textEncoderConfig);
  const vae = await readJsonFile(join(folder, "vae/config.json"), vaeConfig);
  const transformers: NetworkGraph[] = forms.map((form) => ({
    label: `transformer, ${form}`,
    computeDtype: "bfloat16",
    form,
    sizes: tokens,
    build: (g) => buildTransformer(g, depth(form, transformer), { masked: false }),
  }));
  const textEncoders: NetworkGraph[] = forms.map((form) => ({
    label: `text encoder, ${form}`,
    computeDtype: "bfloat16",
    form,
    sizes: { T: 64 },
    build: (g) => buildTextEncoder(g, depth(form, textEncoder)),
  }));
  const graph = (
    label: string,
    computeDtype: FloatDtype,
    sizes: NetworkGraph["sizes"],
    build: NetworkGraph["build"],
  ): NetworkGraph => ({ label, computeDtype, form: "bf16", sizes, build });
  return [
    ...transformers,
    graph("transformer, masked", "bfloat16", tokens, (g) => buildTransformer(g, transformer, { masked: true })),
    ...Object.entries(controlNets).map(([version, controlNet]) =>
      graph(`transformer with ControlNet ${version}`, "bfloat16", tokens, (g) =>
        buildTransformer(g, { ...transformer, layers: 7 }, { masked: false, controlNet }),
      ),
    ),
    graph("Omni transformer", "bfloat16", omniSizes, (g) =>
      buildOmniTransformer(g, { ...transformer, layers: 4, siglipFeatDim: vision.hiddenSize }, { siglip: true }),
    ),
    graph("vision encoder", "bfloat16", { P: 1024 }, (g) => buildVisionEncoder(g, vision)),
    ...textEncoders,
    graph("VAE decoder", "float32", image, (g) => buildVaeDecoder(g, vae)),
    graph("VAE encoder", "float32", image, (g) => buildVaeEncoder(g, vae)),
  ];
}
