import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, inject, it } from "vitest";
import { fuzzApi } from "../support/fuzz/fuzz-api.ts";

/** The OpenAPI document, judged by a linter and held against what the API does. */

/** Public routes without input: no request to them can be wrong, so they have no 4xx. */
const cannotBeAskedWrongly = /^#\/paths\/~1(healthz|readyz|openapi\.json|docs)\/get\/responses$/;

it("passes the linter, as the running API gives it", async () => {
  const source = await (await fetch(`${inject("url")}/openapi.json`)).text();
  const config = await createConfig({ extends: ["recommended-strict"] });
  const problems = await lintFromString({ source, config });
  const left = problems.filter(
    ({ ruleId, location }) =>
      ruleId !== "operation-4xx-response" || !cannotBeAskedWrongly.test(location[0]?.pointer ?? ""),
  );
  const shown = left.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
  expect(shown).toEqual([]);
});

/** A link straight to the object store, which a store in memory does not have. */
const onlyOnAws = ["linkUploadPart"];
/** They have something to give once images of a run are drawn, for which random requests do not wait. */
const needDrawnImages = ["getRunArchive", "getRunArchivePart", "getRunSheet", "getPublicImage"];

/** They need several right requests in a row, which chance seldom brings; their own tests have them succeed. */
const needSteps = ["changeRunMapping", "completeUpload", "previewRun"];

describe("the API answers as its document says", () => {
  // Another seed: FUZZ_SEED=7 npm run test:clients -- openapi
  const seed = Number(process.env.FUZZ_SEED ?? 1);
  it(`to 80000 requests of seed ${seed}, with every operation succeeding at times`, async () => {
    const { findings, answers } = await fuzzApi({ seed, requests: 80_000 });
    expect(findings).toEqual([]);
    const neverRight = Object.entries(answers)
      .filter(([operationId]) => ![...onlyOnAws, ...needDrawnImages, ...needSteps].includes(operationId))
      .filter(([, byStatus]) => !Object.keys(byStatus).some((status) => Number(status) < 400))
      .map(([operationId]) => operationId);
    expect(neverRight).toEqual([]);
  });
});
