import { expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import type { ReviewedResult } from "../review/reviewed-results.ts";
import type { NamedFile, TaskResult } from "../run/task-results.ts";
import { type ManifestForm, manifestText } from "./manifest.ts";

const image: NamedFile = {
  name: "N-1_main_1.png",
  n: 1,
  key: "k/1.png",
  sha256: "ab",
  crc32: 0xbeef,
  bytes: 70,
  width: 64,
  height: 64,
  format: "png",
  seed: 5,
};
const task = { key: "N-1#main", sku: "N-1", shot: "main", line: 2, status: "draw", version: 3, stems: [] } as const;
const drawn: TaskResult = { number: 0, task, status: "drawn", files: [image], jobId: "job_1", charged: 900 };
const link = { origin: "", file: (key: string) => ({ url: `https://api.example/${key}`, expiresAt: 0 }) };

async function text(results: readonly ReviewedResult[], form: ManifestForm, signer?: typeof link) {
  async function* all() {
    yield* results;
  }
  return (await collect(manifestText(all(), form, { link: signer }))).join("");
}

async function lines(results: readonly ReviewedResult[], signer?: typeof link) {
  const written = await text(results, "jsonl", signer);
  expect(written.endsWith("\n")).toBe(true);
  return written
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

it("has a line for each file, and counts the cost of their job once", async () => {
  const files = [image, { ...image, n: 2, name: "N-1_main_2.png", key: "k/2.png", crc32: 0xffff_ffff }];
  expect(await lines([{ ...drawn, files }], link)).toMatchObject([
    { n: 1, file: "N-1_main_1.png", url: "https://api.example/k/1.png", crc32: "0000beef", cost_micro_units: 900 },
    { n: 2, file: "N-1_main_2.png", url: "https://api.example/k/2.png", crc32: "ffffffff", cost_micro_units: 0 },
  ]);
  expect(await lines([drawn])).toMatchObject([{ url: null, version: 3, job_id: "job_1" }]);
});

it("has a line that says why for a task without files, and what it cost all the same", async () => {
  const error = { code: "sku_missing", message: "line 2 has no SKU" };
  expect(await lines([{ number: 1, task, status: "failed", files: [], error, charged: 40 }])).toMatchObject([
    {
      line: 2,
      status: "failed",
      error_code: "sku_missing",
      error: "line 2 has no SKU",
      file: null,
      cost_micro_units: 40,
    },
  ]);
});

it("is opened by a spreadsheet as what it says: no cell becomes a formula, no text is cut at a comma", async () => {
  const prompt = '=HYPERLINK("http://evil.example"), red';
  const [header, line, end] = (await text([{ ...drawn, task: { ...task, sku: "-1+2", prompt } }], "csv")).split("\r\n");
  expect(header!.startsWith("\uFEFFline,sku,")).toBe(true);
  expect(line!.startsWith("2,'-1+2,main,1,3,drawn,,,,")).toBe(true);
  expect(line).toContain(`,"'=HYPERLINK(""http://evil.example""), red",`);
  expect(end).toBe("");
});

it("has the numbers of each file, and what a marketplace asks for beside what it has", async () => {
  const checks = { borderWhiteExact: 0.5, borderWhite: 0.9, fill: 0.7, sharpness: 80.5, flat: false, dhash: "ab" };
  const finding = {
    marketplace: "jd_main",
    rule: "fill",
    wanted: "at least 0.8",
    measured: "0.7",
    verdict: "fail",
  } as const;
  const passed = { ...finding, rule: "bytes", verdict: "pass" } as const;
  const review = {
    state: "needs_review",
    flags: ["failed_check"],
    findings: [[finding, passed]],
    isSampled: false,
  } as const;
  const measured = { ...drawn, files: [{ ...image, checks: { ...checks, productPsnr: 51.2 } }], review };
  expect(await lines([measured])).toMatchObject([
    {
      border_white_exact: 0.5,
      border_white: 0.9,
      fill: 0.7,
      sharpness: 80.5,
      dhash: "ab",
      product_psnr: 51.2,
      failed_checks: "jd_main fill: 0.7, at least 0.8",
    },
  ]);
  expect(await lines([drawn])).toMatchObject([{ fill: null, product_psnr: null, failed_checks: null }]);
});
