import { type OpenAI, toFile } from "openai";
import { QueueView } from "../../../functions/api/jobs/queue-view.ts";
import { type FeedDependencies, feedBatches } from "../../../functions/runs/feed-batches.ts";
import { defaultPrices } from "../../../shared/money/price-list.ts";
import { createRequestBudget } from "../../../shared/net/request-budget.ts";
import type { ApiServer } from "./api-server.ts";

/** One pass of the feeder, and how many lines it moved. */
export function feedOnce(
  api: ApiServer,
  given: Pick<FeedDependencies, "window" | "fetchImage" | "maxBase64Bytes"> = {},
) {
  return feedBatches({
    ...api.dependencies,
    queueView: new QueueView(api.dependencies),
    prices: defaultPrices,
    newSeed: () => 1,
    budget: createRequestBudget(api.dependencies),
    ...given,
  });
}

/** A line of an input file. */
export function batchLine(id: string, body: object) {
  return JSON.stringify({
    custom_id: id,
    method: "POST",
    url: "/v1/images/generations",
    body: { prompt: "x", size: "64x64", ...body },
  });
}

/** Uploads the lines. @returns what to create a batch of */
export async function batchOrder(client: OpenAI, lines: string[]) {
  const input = await client.files.create({
    file: await toFile(Buffer.from(lines.join("\n")), "in.jsonl"),
    purpose: "batch",
  });
  return { input_file_id: input.id, endpoint: "/v1/images/generations", completion_window: "24h" } as const;
}

/** Feeds until the batch is over. */
export async function untilOver(api: ApiServer, client: OpenAI, id: string) {
  for (;;) {
    await feedOnce(api);
    const batch = await client.batches.retrieve(id);
    if (batch.status !== "in_progress" && batch.status !== "finalizing" && batch.status !== "cancelling") return batch;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The documents of an output or error file. */
export async function linesOf(client: OpenAI, id: string | null | undefined) {
  const text = await (await client.files.content(id ?? "")).text();
  return text
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row));
}
