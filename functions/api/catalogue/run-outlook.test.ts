import { expect, it } from "vitest";
import { sampleRun } from "../../../test/support/api/sample-run.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import { affordableImages } from "./run-outlook.ts";

const catalogue = sampleCatalogue({}, { cost: { quoted: 1_000, dearest: 10, charged: 0, currency: "USD" } });
const run = sampleRun({ face: "catalogue", total: 100, completed: 40, failed: 10, catalogue });

it.each([
  ["nothing", 0, 0],
  ["a part", 129, 12],
  ["exactly all that is left", 500, 50],
  ["more than that", 9_999, 50],
  ["less than nothing", -5, 0],
])("says for how many of the images that are left a balance lasts: %s", (_, available, images) => {
  expect(affordableImages(run, available)).toBe(images);
});

it("lasts for all images that cost nothing", () => {
  expect(affordableImages({ ...run, catalogue: sampleCatalogue() }, 0)).toBe(50);
});
