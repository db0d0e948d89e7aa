import type { Context } from "hono";
import { NotFoundError } from "../../../../shared/errors.ts";
import { contactSheet, sheetImages } from "../../../catalogue/outputs/contact-sheet.ts";
import { reviewedResults } from "../../../catalogue/review/reviewed-results.ts";
import type { Run } from "../../../runs/run.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { textStream } from "./download-stream.ts";

/** `GET /v1/runs/{id}/sheets/{number}`: small images of the run to look at, print and send on. */
export async function sheet(c: Context<ApiEnv>, run: Run, dependencies: RouteDependencies) {
  const number = Number(c.req.param("number"));
  const images = await sheetImages(reviewedResults(run, dependencies), number);
  if (images.length === 0) {
    throw new NotFoundError(
      "sheet_not_found",
      `run ${run.id} has no contact sheet ${number}: there are no more images`,
    );
  }
  const { runKey } = run.catalogue!.order;
  c.header("Content-Type", "text/html; charset=utf-8");
  c.header("Content-Disposition", `attachment; filename="${run.id}-${number}.html"`);
  // Names and texts are a shop's own; should one of them ever be taken for markup, it may do nothing.
  c.header("Content-Security-Policy", "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'");
  return c.body(
    await textStream(contactSheet(images, `${runKey}, sheet ${number}`, dependencies.objects), dependencies),
  );
}
