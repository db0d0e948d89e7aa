import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI, { toFile } from "openai";

/** A batch as OpenAI's unchanged client sends it, two lines that can be drawn and one that cannot. */

export async function sendBatch(client: OpenAI): Promise<string> {
  const sizes = ["64x64", "64x64", "65x64"];
  const lines = sizes.map((size, index) =>
    JSON.stringify({
      custom_id: `row-${index}`,
      method: "POST",
      url: "/v1/images/generations",
      body: { prompt: "a penguin", size },
    }),
  );
  const file = await client.files.create({
    file: await toFile(Buffer.from(lines.join("\n")), "rows.jsonl"),
    purpose: "batch",
  });
  const { id } = await client.batches.create({
    input_file_id: file.id,
    endpoint: "/v1/images/generations",
    completion_window: "24h",
  });
  return id;
}

/**
 * Calls the tick, as the clock does every minute, until the batch is over; then reads what it wrote, and takes its
 * input away.
 */
export async function finishBatch(client: OpenAI, id: string, tick: () => Promise<unknown>, until: number) {
  let batch = await client.batches.retrieve(id);
  while (batch.status === "in_progress" || batch.status === "finalizing") {
    assert.ok(performance.now() < until, `the batch is still ${batch.status}: ${JSON.stringify(batch.request_counts)}`);
    await sleep(200);
    await tick();
    batch = await client.batches.retrieve(id);
  }
  assert.equal(batch.status, "completed");
  const read = async (file: string | null | undefined) =>
    (await (await client.files.content(file ?? "")).text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const drawn = await read(batch.output_file_id);
  assert.deepEqual(
    drawn.map(({ custom_id }) => custom_id),
    ["row-0", "row-1"],
  );
  const image = await fetch(drawn[0].response.body.data[0].url);
  assert.equal(image.headers.get("content-type"), "image/png");
  const [refused] = await read(batch.error_file_id);
  assert.deepEqual([refused.custom_id, refused.response.status_code], ["row-2", 400]);
  await client.files.delete(batch.input_file_id);
  await assert.rejects(client.files.retrieve(batch.input_file_id), OpenAI.NotFoundError);
}
