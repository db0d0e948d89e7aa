import { type OpenAI, toFile } from "openai";
import { expect } from "vitest";
import { QueueView } from "../../../functions/api/jobs/queue-view.ts";
import { Moderator } from "../../../functions/api/moderation/moderator.ts";
import { RunLoop } from "../../../functions/runs/steps/run-loop.ts";
import type { StepDependencies } from "../../../functions/runs/steps/take-step.ts";
import { defaultPrices } from "../../../shared/money/price-list.ts";
import { createRequestBudget } from "../../../shared/net/request-budget.ts";
import type { ApiUnderTest } from "./api-under-test.ts";

type Given = Partial<
  Pick<StepDependencies, "window" | "fetchImage" | "maxBase64Bytes" | "partBytes" | "items" | "jobs">
>;

/** What steps of runs stand on, without a wait between them. */
export function stepDependencies(api: ApiUnderTest, given: Given = {}): StepDependencies {
  return {
    ...api.dependencies,
    queueView: new QueueView(api.dependencies),
    prices: defaultPrices,
    newSeed: () => 1,
    budget: createRequestBudget(api.dependencies),
    moderator: new Moderator(api.dependencies),
    everyMs: 0,
    ...given,
  };
}

/** One step of each run, and how many lines were moved. */
export async function feedOnce(api: ApiUnderTest, given: Given = {}): Promise<number> {
  const steps = await new RunLoop(stepDependencies(api, given), { follows: false }).startDue();
  return (await Promise.all(steps)).reduce((sum, moved) => sum + moved, 0);
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

/** A batch whose lines have been read. */
export async function createBatchOf(api: ApiUnderTest, client: OpenAI, lines: string[]) {
  const { id, status } = await client.batches.create(await batchOrder(client, lines));
  expect(status).toBe("validating");
  await feedOnce(api);
  return client.batches.retrieve(id);
}

const ends: ReadonlySet<string> = new Set(["completed", "failed", "expired", "cancelled"]);

/** Takes steps until the batch is over. */
export async function untilOver(api: ApiUnderTest, client: OpenAI, id: string) {
  for (;;) {
    await feedOnce(api);
    const batch = await client.batches.retrieve(id);
    if (ends.has(batch.status)) return batch;
    await api.clock.sleep(500);
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
