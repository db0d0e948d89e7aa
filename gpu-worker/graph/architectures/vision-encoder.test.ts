import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { goldenAudit, goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { buildVisionEncoder, positionTable, visionConfig } from "./vision-encoder.ts";

const config = goldenConfig("tiny-omni/siglip", visionConfig);
const file = JSON.parse(readFileSync(`${goldenCheckpoint("tiny-omni/siglip")}/config.json`, "utf8"));

it("reads every weight once; the learned positions stay outside", () => {
  const positions = positionTable(config);
  expect(positions.dims).toEqual([16, 48]);
  const unread = (name: string) => name === positions.name;
  expect(goldenAudit("tiny-omni/siglip", [(g) => buildVisionEncoder(g, config)], unread)).toEqual([]);
});

it.each([
  ["positions that are no square", { num_patches: 15 }, "num_patches", "must be a square"],
  ["heads that do not divide the width", { num_attention_heads: 5 }, "num_attention_heads", "must divide hidden_size"],
  ["another activation", { hidden_act: "gelu" }, "hidden_act", "gelu_pytorch_tanh"],
  ["another tower", { model_type: "clip_vision_model" }, "model_type", "siglip2"],
])("refuses %s", (_, changes, field, message) => {
  const issues = visionConfig.safeParse({ ...file, ...changes }).error?.issues ?? [];
  expect(issues.map(({ path }) => path.join("."))).toEqual([field]);
  expect(issues[0]!.message).toContain(message);
});
