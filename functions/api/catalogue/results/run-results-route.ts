import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { loadedHandler } from "../run-of-request.ts";

const downloads = () => import("./run-downloads.ts");
const rows = () => import("./list-rows.ts");
const review = () => import("./review-run.ts");
const publish = () => import("./publish-run.ts");

/** What comes of a run: its rows, their review, and the files that leave it. */
export function runResultsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate } = dependencies;
  const write = authenticate("jobs:write");
  const read = authenticate("jobs:read");
  const of = (load: Parameters<typeof loadedHandler>[1]) => loadedHandler(dependencies, load);
  const listRows = of(async () => (await rows()).listRows);
  const listFailures = of(async () => (await rows()).listFailures);
  const listReview = of(async () => (await rows()).listReview);
  const reviewRun = of(async () => (await review()).reviewRun);
  const retryRun = of(async () => (await review()).retryRun);
  const publishRun = of(async () => (await publish()).publishRun);
  const unpublishRun = of(async () => (await publish()).unpublishRun);
  const exportRun = of(async () => (await publish()).exportRun);
  const jsonl = of(async () => {
    const { manifest } = await downloads();
    return (c, run, given) => manifest(c, run, "jsonl", given);
  });
  const csv = of(async () => {
    const { manifest } = await downloads();
    return (c, run, given) => manifest(c, run, "csv", given);
  });
  const archive = of(async () => {
    const { archive } = await downloads();
    return (c, run, given) => archive(c, run, Number(c.req.param("number") ?? 1), given);
  });
  const sheet = of(async () => (await import("./run-sheet.ts")).sheet);
  const workbook = of(async () => (await downloads()).workbook);
  const inputPlus = of(async () => (await downloads()).inputPlus);
  return new Hono<ApiEnv>()
    .get("/:id/rows", read, listRows)
    .get("/:id/failures", read, listFailures)
    .get("/:id/review", read, listReview)
    .post("/:id/review", write, bodyLimit(), reviewRun)
    .post("/:id/retry", write, bodyLimit(), retryRun)
    .post("/:id/publish", write, bodyLimit(), publishRun)
    .post("/:id/unpublish", write, bodyLimit(), unpublishRun)
    .post("/:id/export", write, bodyLimit(), exportRun)
    .get("/:id/manifest.jsonl", read, jsonl)
    .get("/:id/manifest.csv", read, csv)
    .get("/:id/manifest.xlsx", read, workbook)
    .get("/:id/input.csv", read, inputPlus)
    .get("/:id/sheets/:number{[1-9]\\d{0,4}}", read, sheet)
    .get("/:id/archive.zip", read, archive)
    .get("/:id/archives/:number{[1-9]\\d{0,4}}", read, archive);
}
