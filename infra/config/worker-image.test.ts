import { describe, expect, it } from "vitest";
import { parseWorkerImage } from "./worker-image.ts";

const digest = `sha256:${"0f".repeat(32)}`;

describe("parseWorkerImage", () => {
  it.each([
    ["", { kind: "none" }],
    ["asset", { kind: "asset" }],
    ["z-image-worker:v1", { kind: "ecr", repository: "z-image-worker", tagOrDigest: "v1" }],
    [`team/z-image@${digest}`, { kind: "ecr", repository: "team/z-image", tagOrDigest: digest }],
    [
      `210987654321.dkr.ecr.eu-west-1.amazonaws.com/z-image:v2.1`,
      {
        kind: "ecr",
        repository: "z-image",
        tagOrDigest: "v2.1",
        registry: { account: "210987654321", region: "eu-west-1" },
      },
    ],
  ])("reads %j", (text, image) => {
    expect(parseWorkerImage(text)).toEqual(image);
  });

  it.each([
    "z-image-worker",
    "Z-Image:v1",
    "z-image@sha256:0f",
    "docker.io/team/z-image:v1",
    "a:b:c",
  ])("takes %j for no image", (text) => {
    expect(parseWorkerImage(text)).toBeUndefined();
  });
});
