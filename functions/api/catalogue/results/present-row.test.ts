import { expect, it } from "vitest";
import { createLinkSigner } from "../../../../shared/access/signed-link.ts";
import { keptImage } from "../../../../test/support/catalogue/drawn-run.ts";
import type { ReviewedResult } from "../../../catalogue/review/reviewed-results.ts";
import { presentRow } from "./present-row.ts";
import { runRowSchema } from "./result-responses.ts";

const task = { key: "A#main", sku: "A", shot: "main", line: 2, version: 1, status: "draw", stems: [] } as const;
const addresses = {
  link: createLinkSigner({ secret: "a secret", origin: "https://api.example", now: () => 0, lifeS: 60 }),
  accountId: "acc_1",
  public: { urlOf: ({ n }: { readonly n: number }) => (n === 1 ? "https://api.example/i/mug.png" : undefined) },
};
const checks = { borderWhiteExact: 1, borderWhite: 1, fill: 0.5, sharpness: 9, flat: false, dhash: "0".repeat(16) };

it("says null for everything that a waiting task does not have", () => {
  const waiting: ReviewedResult = { number: 3, task, status: "waiting", files: [], charged: 0 };
  const row = presentRow(waiting, addresses);
  expect(runRowSchema.parse(row)).toEqual(row);
  expect(row).toMatchObject({ number: 3, change: null, method: null, prompt: null, alt: null, error: null });
  expect(row.photo_url).toBeNull();
  expect(row).toMatchObject({ review: null, job_id: null, files: [], cost: 0 });
});

it("gives each file its own link, public address and findings, each with its source", () => {
  const [first, second] = ["one", "two"].map((name, index) => ({
    ...keptImage(name, index === 0 ? { checks } : {}),
    name: `${name}.png`,
    n: index + 1,
  }));
  const finding = { marketplace: "google", rule: "shortest_side", wanted: "at least 500", measured: "64" } as const;
  const review = {
    state: "rejected",
    flags: ["failed_check"],
    findings: [[], [{ ...finding, verdict: "fail" }]],
    isSampled: false,
    decision: { key: "A#main", jobId: "job_1", verdict: "rejected", reason: "text", at: 1_000 },
  } as const;
  const drawn = { number: 0, task, status: "drawn", jobId: "job_1", files: [first!, second!], charged: 7 } as const;
  const photographed = { ...task, photo: "file-ABC" };
  const row = presentRow({ ...drawn, task: photographed, review }, addresses);
  expect(row.photo_url).toMatch(/^https:\/\/api\.example\/v1\/files\/in\/acc_1\/file-ABC\/content\//);
  expect(runRowSchema.parse(row)).toEqual(row);
  expect(row).toMatchObject({ job_id: "job_1", cost: 7 });
  expect(row.review).toEqual({
    state: "rejected",
    flags: ["failed_check"],
    reason: "text",
    note: null,
    decided_at: "1970-01-01T00:00:01.000Z",
  });
  expect(row.files.map(({ name, public_url }) => [name, public_url])).toEqual([
    ["one.png", "https://api.example/i/mug.png"],
    ["two.png", null],
  ]);
  for (const [index, file] of [first!, second!].entries()) {
    expect(row.files[index]!.url).toMatch(`https://api.example/v1/files/${file.key}/content/`);
  }
  expect(row.files.map((file) => file.checks?.fill)).toEqual([0.5, undefined]);
  expect(row.files[0]!.findings).toEqual([]);
  const source = {
    source: expect.stringMatching(/^support\.google\.com\//),
    checked_on: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  };
  expect(row.files[1]!.findings).toEqual([{ ...finding, verdict: "fail", ...source }]);
});
