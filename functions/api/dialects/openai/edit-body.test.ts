import { expect, it } from "vitest";
import { bodyOfEditForm, bodyOfEditJson } from "./edit-body.ts";

const file = (text: string) => new File([text], "a.png", { type: "image/png" });
const urlOf = (text: string) => `data:image/png;base64,${Buffer.from(text).toString("base64")}`;

function form(...entries: (readonly [string, string | File])[]): FormData {
  const data = new FormData();
  for (const [name, value] of entries) data.append(name, value);
  return data;
}

it("turns text into the value that the field has in JSON", async () => {
  const given = form(
    ["n", "2"],
    ["stream", "true"],
    ["cfg_truncation", "0.5"],
    ["prompt", "7"],
    ["steps", "many"],
    ["seed", "18446744073709551615"],
  );
  expect(await bodyOfEditForm(given)).toEqual({
    n: 2,
    stream: true,
    cfg_truncation: 0.5,
    prompt: "7",
    seed: 2 ** 53 - 1,
    // Left as it is, for the schema to refuse by name.
    steps: "many",
  });
});

it("takes lists and objects as JSON", async () => {
  expect(await bodyOfEditForm(form(["loras", '[{"id":"ink"}]']))).toEqual({ loras: [{ id: "ink" }] });
});

it("takes one file for image, and several as a list", async () => {
  expect(await bodyOfEditForm(form(["image", file("a")], ["mask", file("m")]))).toEqual({
    image: urlOf("a"),
    mask: urlOf("m"),
  });
  const several = form(["image[]", file("a")], ["image[]", file("b")]);
  expect(await bodyOfEditForm(several)).toEqual({ image: [urlOf("a"), urlOf("b")] });
});

it("takes images by address and by file in JSON, one or several", () => {
  const url = "https://example.com/a.png";
  const id = `file-${"0".repeat(26)}`;
  expect(bodyOfEditJson({ prompt: "x", images: [{ image_url: url }], mask: { file_id: id } })).toEqual({
    prompt: "x",
    image: url,
    mask: id,
  });
  expect(bodyOfEditJson({ images: [{ file_id: id }, { image_url: url }] })).toEqual({ image: [id, url] });
  // Our own field, and what no image is, are left for the schema to judge.
  expect(bodyOfEditJson({ image: url, mask: url })).toEqual({ image: url, mask: url });
  expect(bodyOfEditJson({ images: [{ url }] })).toEqual({ image: { url } });
});

it.each([{}, { images: [] }, { images: "x" }, { image: null }])("refuses %j, which has no image to edit", (body) => {
  expect(() => bodyOfEditJson(body)).toThrow("image is required");
});
