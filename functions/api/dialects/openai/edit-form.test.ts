import { expect, it } from "vitest";
import { bodyOfEditForm } from "./edit-form.ts";

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
