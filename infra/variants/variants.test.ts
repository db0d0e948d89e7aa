import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenGuarantees } from "../guarantees/guarantees.ts";
import type { MutableTemplate } from "../guarantees/mutations/mutation.ts";
import { type SynthesizedVariant, synthesizeVariant } from "./synthesize-variant.ts";
import { variants } from "./variants.ts";

const pipelineStack = "ZImage-test";
const folder = mkdtempSync(join(tmpdir(), "variants-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(variants)("$name", (variant) => {
  const { context, mutations, guarantees: own, stack = pipelineStack } = variant;
  let synthesized: SynthesizedVariant;

  beforeAll(() => {
    synthesized = synthesizeVariant(context, join(folder, variant.name.replaceAll(/\W+/g, "-")));
  });

  it("has no finding of cdk-nag, and holds every guarantee and those of its own", () => {
    const pipelines = Object.entries(synthesized.templates).filter(([name]) => !name.endsWith("-Global"));
    expect(pipelines.length).toBeGreaterThan(0);
    for (const [name, template] of pipelines) expect([name, brokenGuarantees(template)]).toEqual([name, []]);
    if (own.length > 0) expect(brokenGuarantees(synthesized.templates[stack]!, own)).toEqual([]);
  });

  if (mutations.length > 0) {
    it.each(mutations)("is refused when %s", (_what, complaint, mutate) => {
      const mutable = structuredClone(synthesized.templates[stack]!) as unknown as MutableTemplate;
      mutate(mutable);
      expect(brokenGuarantees(mutable, own).join("\n")).toMatch(complaint);
    });

    it("has a mutation for every guarantee of its own", () => {
      const broken = mutations.flatMap(([, , mutate]) => {
        const mutable = structuredClone(synthesized.templates[stack]!) as unknown as MutableTemplate;
        mutate(mutable);
        return brokenGuarantees(mutable, own);
      });
      const unproved = own.filter(({ name }) => !broken.some((line) => line.startsWith(`${name}:`)));
      expect(unproved.map(({ name }) => name)).toEqual([]);
    });
  }
});
