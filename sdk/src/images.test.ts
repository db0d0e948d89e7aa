import { expect, it } from "vitest";
import { client, request, serveSdk } from "../../test/support/api/sdk-under-test.ts";
import { collect } from "../../test/support/collect.ts";

serveSdk();

it("lists, counts and shows images", async () => {
  const { images } = client();
  await client()
    .jobs.create({ ...request, n: 3, metadata: { shop: "eu" } })
    .wait();
  await client()
    .jobs.create({ ...request, prompt: "白猫" })
    .wait();
  const all = await collect(images.list({}, { pageSize: 2 }));
  expect(all.map(({ prompt, index }) => [prompt, index])).toEqual([
    ["白猫", 0],
    ["a red cup", 0],
    ["a red cup", 1],
    ["a red cup", 2],
  ]);
  expect((await collect(images.list({ q: "猫" }))).map(({ id }) => id)).toEqual([all[0]?.id]);
  expect(await collect(images.list({ metadata: { shop: "eu" }, q: "CUP" }))).toHaveLength(3);
  expect(await images.days()).toMatchObject({ total: 4 });
  expect(await images.get(all[3]!.id)).toMatchObject({ seed: 7, params: { seed: 5, n: 3 } });
  expect((await fetch(all[0]!.thumbnails["256"])).status).toBe(200);
});

it("shares and deletes an image", async () => {
  const { images } = client();
  await client().jobs.create(request).wait();
  const { id } = (await images.list().page()).data[0]!;
  const { url } = await images.share(id, { expires_in: 3_600 });
  expect((await fetch(url)).headers.get("content-type")).toBe("image/png");
  expect(await images.delete(id)).toMatchObject({ id, deleted: true, kept: ["job", "usage", "verification"] });
  expect((await fetch(url)).status).toBe(404);
  await expect(images.get(id)).rejects.toMatchObject({ status: 404, code: "image_not_found" });
});
