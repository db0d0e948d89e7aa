import Replicate, { parseProgressFromLogs } from "replicate";
import { describe, expect, it } from "vitest";
import { allJobs, jobOf, key, longJob, spent, url, wrongKey } from "./account.ts";
import { plainImage, sizeUnder } from "./drawn-images.ts";

const client = new Replicate({ baseUrl: `${url}/v1`, auth: key });
const model = "prunaai/z-image-turbo";
const input = { prompt: "a red cup", width: 128, height: 64, num_inference_steps: 2 };

describe("run", () => {
  it("by name, by version and by polling", async () => {
    expect(await sizeUnder(await client.run(model, { input }))).toEqual([128, 64]);
    const { latest_version } = await client.models.get("prunaai", "z-image-turbo");
    expect(await sizeUnder(await client.run(`${model}:${latest_version?.id}`, { input }))).toEqual([128, 64]);
    const wait = { mode: "poll", interval: 50 } as const;
    expect(await sizeUnder(await client.run(model, { input: { ...input, width: 64, height: 96 }, wait }))).toEqual([
      64, 96,
    ]);
  });

  it("from an image that was uploaded", async () => {
    const { urls } = await client.files.create(new Blob([await plainImage(96, 64)], { type: "image/png" }));
    const edit = { ...input, width: 96, image: urls.get, strength: 0.5 };
    expect(await sizeUnder(await client.run(model, { input: edit }))).toEqual([96, 64]);
  });
});

describe("predictions", () => {
  it("are created, awaited, found and listed", async () => {
    const created = await client.predictions.create({ model, input });
    const done = await client.wait(created, { interval: 50 });
    expect(done).toMatchObject({ status: "succeeded", input: { prompt: "a red cup" } });
    expect(parseProgressFromLogs(done)).toMatchObject({ current: 2, total: 2 });
    expect(await client.predictions.get(created.id)).toMatchObject({ id: created.id, status: "succeeded" });
    const ids: string[] = [];
    for await (const page of client.paginate(client.predictions.list)) ids.push(...page.map(({ id }) => id));
    expect(ids).toContain(created.id);
    const deployed = await client.deployments.predictions.create("prunaai", "z-image-turbo", { input });
    expect(await client.wait(deployed, { interval: 50 })).toMatchObject({ status: "succeeded" });
  });

  it("are canceled, while they are drawn and while they wait", async () => {
    const { prompt, width, height, steps, n } = longJob;
    const long = { prompt, width, height, num_inference_steps: steps, num_outputs: n };
    const drawn = await client.predictions.create({ model, input: long });
    await expect.poll(async () => (await client.predictions.get(drawn.id)).status).toBe("processing");
    const waiting = await client.predictions.create({ model, input: long });
    expect(await client.predictions.cancel(waiting.id)).toMatchObject({ status: "canceled" });
    await client.predictions.cancel(drawn.id);
    expect(await client.wait(drawn, { interval: 50 })).toMatchObject({ status: "canceled" });
    expect((await jobOf(drawn.id)).status).toBe("canceled");
  });

  it("stream links to their images", async () => {
    const events: string[] = [];
    for await (const { event, data } of client.stream(model, { input: { ...input, num_outputs: 2 } })) {
      events.push(event);
      if (event === "output") expect(await sizeUnder(data)).toEqual([128, 64]);
    }
    expect(events).toEqual(["output", "output", "done"]);
  });
});

it("files are uploaded, found, listed and deleted", async () => {
  const file = await client.files.create(new Blob([await plainImage()], { type: "image/png" }), { shot: 1 });
  expect(await sizeUnder(file.urls.get)).toEqual([64, 64]);
  expect(await client.files.get(file.id)).toMatchObject({ id: file.id, content_type: "image/png" });
  expect((await client.files.list()).results.map(({ id }) => id)).toContain(file.id);
  expect(await client.files.delete(file.id)).toBe(true);
  await expect(client.files.get(file.id)).rejects.toMatchObject({ response: { status: 404 } });
});

it("models, versions, the account and the webhook secret are found", async () => {
  expect((await client.models.list()).results).toHaveLength(1);
  const { results } = await client.models.versions.list("prunaai", "z-image-turbo");
  expect(await client.models.versions.get("prunaai", "z-image-turbo", results[0]!.id)).toEqual(results[0]);
  expect((await client.accounts.current()).username).toMatch(/^acct?_/);
  expect((await client.webhooks.default.secret.get()).key).toMatch(/^whsec_/);
});

it("a wrong size, a wrong key and a wrong model are refused and not charged", async () => {
  const before = [await spent(), (await allJobs()).length];
  const wrongSize = client.run(model, { input: { ...input, width: 100 } });
  await expect(wrongSize).rejects.toMatchObject({ response: { status: 422 } });
  const stranger = new Replicate({ baseUrl: `${url}/v1`, auth: wrongKey });
  await expect(stranger.run(model, { input })).rejects.toMatchObject({ response: { status: 401 } });
  await expect(client.run("stability-ai/sdxl", { input })).rejects.toMatchObject({ response: { status: 404 } });
  expect([await spent(), (await allJobs()).length]).toEqual(before);
});
