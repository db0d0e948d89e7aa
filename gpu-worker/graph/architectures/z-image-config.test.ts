import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { textEncoderConfig, transformerConfig, vaeConfig } from "./z-image-config.ts";

const released = (component: string): Record<string, unknown> =>
  JSON.parse(
    readFileSync(new URL(`../../weights/released/z-image-turbo/${component}/config.json`, import.meta.url), "utf8"),
  );
const schemas = { transformer: transformerConfig, text_encoder: textEncoderConfig, vae: vaeConfig };

it("derives what the files leave out", () => {
  expect(transformerConfig.parse(released("transformer"))).toMatchObject({
    headDim: 128,
    feedForwardHidden: 10240,
    timeEmbeddingDim: 256,
    eps: 1e-5,
    finalNormEps: 1e-6,
  });
  expect(textEncoderConfig.parse(released("text_encoder"))).toMatchObject({
    headDim: 128,
    keyValueHeads: 8,
    eps: 1e-6,
  });
  expect(vaeConfig.parse(released("vae"))).toMatchObject({
    norm: { groups: 32, eps: 1e-6 },
    scalingFactor: 0.3611,
    shiftFactor: 0.1159,
  });
});

it.each([
  ["transformer", { all_patch_size: [1] }, "all_patch_size"],
  ["transformer", { axes_dims: [32, 48, 47] }, "axes_dims"],
  ["transformer", { n_heads: 29 }, "n_heads times the sum of axes_dims"],
  ["transformer", { qk_norm: false }, "qk_norm"],
  ["transformer", { siglip_feat_dim: 0 }, ">0"],
  ["transformer", { dim: 1e9 }, "dim"],
  ["text_encoder", { model_type: "qwen2" }, "model_type"],
  ["text_encoder", { num_key_value_heads: 5 }, "must divide num_attention_heads"],
  ["text_encoder", { attention_bias: true }, "attention_bias"],
  ["text_encoder", { num_hidden_layers: 1 }, "num_hidden_layers"],
  ["vae", { use_quant_conv: true }, "use_quant_conv"],
  ["vae", { norm_num_groups: 48 }, "multiple of norm_num_groups"],
  ["vae", { latents_mean: [0] }, "latents_mean"],
  ["vae", { block_out_channels: [128, 256] }, "block_out_channels"],
] as const)("refuses a %s with %j by name", (component, change, message) => {
  const parsed = schemas[component].safeParse({ ...released(component), ...change });
  expect(parsed.success).toBe(false);
  expect(JSON.stringify(parsed.error?.issues)).toContain(message);
});
