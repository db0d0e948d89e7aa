import { describe, expect, it } from "vitest";
import { catalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { imageRequestSchema } from "../../../shared/request/image-request.ts";
import { type ShotOfProduct, shotRequest } from "./shot-request.ts";
import { effectiveShots, type ShotRequest } from "./shots.ts";

const turbo = catalogModel({ id: "z-image-turbo", family: "turbo", random: false });
const tiny = catalogModel({ id: "zimage-tiny", family: "turbo", random: false, defaultSide: 64 });
const photo = { fileId: "file-0123456789ABCDEFGHJKMNPQRS" };
const box = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 };

/** The request of a shot, which the API takes. */
function request(shot: ShotRequest, changes: Partial<ShotOfProduct> = {}, model = turbo) {
  const [effective] = effectiveShots([shot]);
  const { width = 1024, height = 1024 } = effective!;
  const product = { prompt: "a mug", negative: "", seed: 7, photo, box, ...changes };
  const body = shotRequest({ shot: { ...effective!, width, height }, ...product }, model);
  // Every field is one of the API's, with a value that it takes.
  imageRequestSchema.parse(body);
  return body;
}

it("asks for a drawn shot by words alone, and keeps the prompt out of the file", () => {
  expect(request({ id: "main", method: "draw", size: "512x768", prompt: "p", steps: 4, quality: 80, n: 2 })).toEqual({
    ...{ model: "z-image-turbo", prompt: "a mug", size: "512x768", n: 2, seed: 7, steps: 4 },
    ...{ checks: {}, output: { format: "jpeg", parameters: false, quality: 80 } },
  });
});

it.each([
  [{ method: "restyle", strength: 0.5 }, { image: photo.fileId, strength: 0.5 }, ["product", "crop"]],
  [{ method: "restyle" }, { image: photo.fileId }, ["strength"]],
  [{ method: "keep_product" }, { image: photo.fileId, product: {} }, ["crop", "strength"]],
  [{ method: "crop" }, { image: photo.fileId, crop: box }, ["product", "strength"]],
] as const)("gives the photo to %j, and no other method's fields", (shot, fields, others) => {
  const body = request({ id: "main", prompt: "p", ...shot });
  expect(body).toMatchObject(fields);
  for (const other of others) expect(body).not.toHaveProperty(other);
});

it("passes on what the image should not show, and the lines that it should", () => {
  const body = request({ id: "main", method: "draw", prompt: "p" }, { negative: "hands", text: ["SALE"] });
  expect(body).toMatchObject({ negative_prompt: "hands", checks: { text: ["SALE"] } });
});

describe("the size of the finished file", () => {
  const scene: ShotRequest = { id: "scene", method: "keep_product", prompt: "p" };
  const white: ShotRequest = { id: "main", method: "keep_product", product: { background: "white" } };

  it.each([
    ["drawn as it is", { ...scene, size: "1600x1600" }, "1600x1600", undefined],
    ["no multiple of 16, so that 1008 are drawn", { ...scene, size: "1000x1000" }, "1008x1008", "1000x1000"],
    ["larger than four times what the model draws", { ...scene, size: "3200x3200" }, "2048x2048", "3200x3200"],
  ] as const)("of a photo is kept: %s", (_case, shot, size, finished) => {
    const body = request(shot);
    expect([body.size, (body.finish as { size?: string } | undefined)?.size]).toEqual([size, finished]);
  });

  it("follows no model where nothing is drawn", () => {
    expect(request({ ...scene, size: "1600x1600" }, {}, tiny)).toMatchObject({ size: "128x128" });
    expect(request({ ...white, size: "1600x1600" }, {}, tiny)).toMatchObject({ size: "1600x1600" });
  });

  it("stands beside the other steps after drawing", () => {
    const shot: ShotRequest = { ...white, size: "1000x1000", finish: { pure_white: true } };
    expect(request(shot).finish).toEqual({ pure_white: true, size: "1000x1000" });
  });
});
