import { afterEach, beforeEach, expect, it } from "vitest";
import { inputRow, openRun } from "../../../test/support/api/run-under-test.ts";
import { openaiBatch } from "./openai-batch.ts";
import { submitLine } from "./submit-line.ts";

let opened: Awaited<ReturnType<typeof openRun>>;
beforeEach(async () => {
  opened = await openRun([inputRow("a")]);
});
afterEach(() => opened.close());

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const flight = { row: 0, jobId: "job_0" };
const submit = (body: object, total = 1) =>
  submitLine({ ...opened.run, total }, flight, inputRow("sku-1", body), opened.dependencies);

it("makes a job of the batch lane under the id that was chosen, with links and the row's own name", async () => {
  await submit({ metadata: { shelf: "3" } });
  expect(await opened.jobs.get("job_0")).toMatchObject({
    accountId: opened.account.id,
    keyId: opened.run.identity.keyId,
    lane: "batch",
    metadata: { custom_id: "sku-1", batch_id: "batch_1", shelf: "3" },
  });
  expect((await opened.jobs.get("job_0"))?.response, "links").toBeUndefined();
});

it("makes one job of a row that is submitted twice", async () => {
  await submit({});
  await submit({});
  const { jobs } = await opened.jobs.list({ accountId: opened.account.id, limit: 10 });
  expect(jobs.map(({ id }) => id)).toEqual(["job_0"]);
});

it("refuses a stream, store: false, and base64 in a batch of more than 200 rows", async () => {
  for (const body of [{ stream: true }, { stream: true, response_format: "b64_json" }]) {
    await expect(submit(body)).rejects.toMatchObject({ status: 400, param: "stream" });
  }
  await expect(submit({ store: false })).rejects.toMatchObject({ status: 400, param: "store" });
  await expect(submit({ response_format: "b64_json" }, 201)).rejects.toMatchObject({ param: "response_format" });
  expect(await opened.jobs.get("job_0")).toBeUndefined();
  await submit({ response_format: "b64_json" }, 200);
  expect((await opened.jobs.get("job_0"))?.response).toBe("b64");
});

it("words a refusal as the error that the request would have received", async () => {
  const error = await submit({ stream: true, response_format: "b64_json" }).catch((thrown: unknown) => thrown);
  expect(openaiBatch.refusal(error)).toMatchObject({
    status: 400,
    body: { error: { code: "invalid_value", param: "stream" } },
  });
});

it("takes the images of an edit as OpenAI's JSON names them", async () => {
  opened.run = { ...opened.run, endpoint: "/v1/images/edits" };
  await submit({ images: [{ image_url: `data:image/png;base64,${png}` }] });
  expect((await opened.jobs.get("job_0"))?.params.imageKey).toMatch(/image-/);
  await expect(submit({})).rejects.toMatchObject({ errors: [{ param: "image" }] });
});
