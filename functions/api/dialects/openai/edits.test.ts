import { toFile } from "openai";
import { describe, expect, it } from "vitest";
import { api, client, plainPng, serveOpenai } from "../../../../test/support/api/openai-server.ts";

serveOpenai();

describe("edits", () => {
  it("start from the image, and redraw where the mask is transparent", async () => {
    const image = async (name: string, background?: string) =>
      toFile(await plainPng(background), name, { type: "image/png" });
    const mask = await image("m.png", "#ff000080");
    const edit = { model: "z-image-turbo", image: await image("a.png"), mask, prompt: "x" };
    expect((await client.images.edit({ ...edit, n: 2, size: "64x64" as never })).data).toHaveLength(2);
    expect((await api.allJobs())[0]?.params).toMatchObject({
      n: 2,
      imageKey: expect.stringMatching(/image-/),
      maskMode: "transparent",
    });
  });

  it("take the image by address in JSON as well", async () => {
    const image_url = `data:image/png;base64,${(await plainPng()).toString("base64")}`;
    const post = (body: object) => client.post("/images/edits", { body: { prompt: "x", size: "64x64", ...body } });
    expect(await post({ images: [{ image_url }] })).toMatchObject({ data: [{ b64_json: expect.any(String) }] });
    await expect(post({})).rejects.toMatchObject({ status: 400, param: "image" });
    await expect(post({ images: [{ url: image_url }] })).rejects.toMatchObject({ status: 400, param: "image" });
  });

  it("refuse what is no image, and several of them", async () => {
    const image = await toFile(Buffer.from([1, 2, 3]), "a.png", { type: "image/png" });
    const edit = (given: typeof image | (typeof image)[]) =>
      client.images.edit({ model: "z-image-turbo", image: given, prompt: "x" });
    await expect(edit(image)).rejects.toMatchObject({ status: 400, code: "invalid_image", param: "image" });
    await expect(edit([image, image])).rejects.toMatchObject({ status: 400, param: "image" });
    expect(await api.allJobs()).toEqual([]);
  });
});
