import { describe, expect, it } from "vitest";
import { readModelCatalog } from "./read-model-catalog.ts";

describe("readModelCatalog", () => {
  const env = { MODEL_ID: "zimage-tiny", MODEL_FAMILY: "turbo", MODEL_SIDE: "128" };

  it("offers what the stack describes, under its family's names too", () => {
    expect(readModelCatalog(env)).toMatchObject({ id: "zimage-tiny", defaultWidth: 128, family: "turbo" });
    expect(readModelCatalog(env).aliases).toContain("z-image-turbo");
  });

  it("has the operator's names for it", () => {
    const { aliases, listedNames } = readModelCatalog({ ...env, MODEL_ALIASES: "dall-e-3=zimage-tiny" });
    expect([aliases.includes("dall-e-3"), listedNames]).toEqual([true, ["dall-e-3"]]);
    expect(() => readModelCatalog({ ...env, MODEL_ALIASES: "dall-e-3=other" })).toThrow("other is not served here");
  });

  it("takes the model's own steps where the stack knows them", () => {
    expect(readModelCatalog(env).defaultSteps).toBe(8);
    expect(readModelCatalog({ ...env, MODEL_STEPS: "0" }).defaultSteps).toBe(8);
    expect(readModelCatalog({ ...env, MODEL_STEPS: "2" }).defaultSteps).toBe(2);
  });

  it("offers the LoRAs of accounts alone: workers there have no folder of adapters", () => {
    const { capabilities, adapters } = readModelCatalog(env);
    expect(capabilities).toContain("inpainting");
    expect(capabilities).toContain("loras");
    expect(adapters).toEqual({ loras: new Set(), controlnets: new Set() });
    expect(capabilities).not.toContain("controlnet");
  });

  it.each([
    [{ MODEL_ID: "" }],
    [{ MODEL_FAMILY: "huge" }],
    [{ MODEL_SIDE: "wide" }],
    [{ MODEL_STEPS: "many" }],
  ])("refuses %j", (change) => {
    expect(() => readModelCatalog({ ...env, ...change })).toThrow(
      "MODEL_ID, MODEL_FAMILY (turbo or base) and MODEL_SIDE",
    );
  });
});
