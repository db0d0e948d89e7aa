import { expect, it } from "vitest";
import type { KeptImage } from "../../runs/run.ts";
import { findingsOf, marketplaceNames, sourceOf } from "./marketplace-rules.ts";

const checks = {
  borderWhiteExact: 1,
  borderWhite: 1,
  fill: 0.88,
  sharpness: 90,
  flat: false,
  dhash: "0".repeat(16),
};
const image: KeptImage = {
  key: "k/a.jpg",
  sha256: "",
  crc32: 0,
  bytes: 400_000,
  width: 1600,
  height: 1600,
  format: "jpeg",
  seed: 1,
};
const failed = (marketplace: (typeof marketplaceNames)[number], changes: Partial<KeptImage>) =>
  findingsOf(marketplace, { ...image, checks, ...changes })
    .filter(({ verdict }) => verdict === "fail")
    .map(({ rule, wanted, measured }) => `${rule} ${measured}, wanted ${wanted}`);

it.each([
  ["amazon_main", {}, []],
  ["amazon_main", { width: 900, height: 900 }, ["longest_side 900, wanted at least 1000"]],
  ["amazon_main", { format: "webp" }, ["format webp, wanted jpeg or png"]],
  ["amazon_main", { checks: { ...checks, borderWhiteExact: 0.99 } }, ["border_white_exact 0.99, wanted at least 1"]],
  ["jd_main", { bytes: 2_000_001 }, ["bytes 2000001, wanted at most 2000000"]],
  ["taobao_main", { height: 1500 }, ["ratio 1600:1500, wanted 1:1"]],
  ["tiktok_shop", { width: 1200 }, []],
  ["google", { width: 8001, height: 8001 }, ["pixels 64016001, wanted at most 64000000"]],
] as const)("puts the numbers of an image beside those of %s: %j", (marketplace, changes, expected) => {
  expect(failed(marketplace, changes)).toEqual(expected);
});

it("says that it does not know where an image was not measured", () => {
  const findings = findingsOf("amazon_main", image);
  const unknown = findings.filter(({ verdict }) => verdict === "unknown").map(({ rule }) => rule);
  expect(unknown).toEqual(["border_white_exact", "fill"]);
});

it("names a source and a day for every number", () => {
  for (const marketplace of marketplaceNames) {
    expect(sourceOf(marketplace)).toEqual({
      source: expect.stringMatching(/\w+\.\w+\//),
      checkedOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
  }
});
