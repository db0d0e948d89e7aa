import { expect, it } from "vitest";
import { longJob, send, spent, wrongKey } from "./account.ts";
import { plainImage, sizeUnder } from "./drawn-images.ts";

/** ModelScope has no client for this: what its users' scripts send. */

interface Task {
  readonly task_id: string;
  readonly task_status: "PENDING" | "PROCESSING" | "SUCCEED" | "FAILED";
  readonly output_images?: string[];
}

function submit(body: object, headers: { [name: string]: string } = {}) {
  const asynchronous = { "x-modelscope-async-mode": "true", ...headers };
  return send<Task>("POST", "/v1/images/generations", { model: "Tongyi-MAI/Z-Image-Turbo", ...body }, asynchronous);
}

async function task(id: string): Promise<Task> {
  const header = { "x-modelscope-task-type": "image_generation" };
  return (await send<Task>("GET", `/v1/tasks/${id}`, undefined, header)).body;
}

async function imageOf(body: object) {
  const { task_id: id } = (await submit(body)).body;
  await expect.poll(async () => (await task(id)).task_status).toBe("SUCCEED");
  return sizeUnder((await task(id)).output_images?.[0]);
}

it("a task ends with links, from text and from an image", async () => {
  expect(await imageOf({ prompt: "画一个杯子", size: "128x64", steps: 2 })).toEqual([128, 64]);
  const image_url = `data:image/png;base64,${Buffer.from(await plainImage(96, 64)).toString("base64")}`;
  expect(await imageOf({ prompt: "a red cup", image_url, size: "96x64", steps: 4 })).toEqual([96, 64]);
});

it("a job that was canceled is a task that failed", async () => {
  const { prompt, steps, n } = longJob;
  const { task_id: id } = (await submit({ prompt, size: "512x512", steps, n })).body;
  await send("POST", `/v1/jobs/${id}/cancel`);
  await expect.poll(async () => (await task(id)).task_status).toBe("FAILED");
});

it("a wrong size and a wrong key are refused in its own form, and not charged", async () => {
  const before = await spent();
  expect(await submit({ prompt: "x", size: "100x64" })).toMatchObject({
    status: 400,
    body: { errors: { code: "invalid_size" } },
  });
  expect(await submit({ prompt: "x" }, { authorization: `Bearer ${wrongKey}` })).toMatchObject({
    status: 401,
    body: { errors: { code: "unauthorized" } },
  });
  expect(await spent()).toBe(before);
});
