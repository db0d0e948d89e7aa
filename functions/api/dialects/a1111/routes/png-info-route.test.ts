import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withPngText } from "../../../../../shared/image-files/png-text.ts";
import { type ApiUnderTest, openApi } from "../../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const nothing = { info: "", items: {}, parameters: {} };
const red = sharp({ create: { width: 16, height: 16, channels: 3, background: "red" } });
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

async function read(image: unknown) {
  const response = await api.request("POST", "/sdapi/v1/png-info", { image });
  return { status: response.status, body: await response.json() };
}

it("reads the settings, and gives the file's other texts beside them", async () => {
  const info = "a fox\nSteps: 4, Seed: 7";
  const png = withPngText(withPngText(await red.png().toBuffer(), "parameters", info), "Author", "somebody");
  const body = {
    info,
    items: { parameters: info, Author: "somebody" },
    parameters: { Prompt: "a fox", "Negative prompt": "", Steps: "4", Seed: "7" },
  };
  expect(await read(base64(png))).toEqual({ status: 200, body });
  expect(await read(`data:image/png;base64,${base64(png)}`)).toEqual({ status: 200, body });
});

it("gives a text that has no settings as it is", async () => {
  const png = withPngText(await red.png().toBuffer(), "parameters", "drawn by hand");
  expect((await read(base64(png))).body).toMatchObject({ info: "drawn by hand", parameters: {} });
});

it("finds nothing in a JPEG, in a file cut off, and in what is no file", async () => {
  const cut = withPngText(await red.png().toBuffer(), "parameters", "a fox").subarray(0, 30);
  for (const image of [base64(await red.jpeg().toBuffer()), base64(cut), "%%%"]) {
    expect(await read(image)).toEqual({ status: 200, body: nothing });
  }
});

it.each([undefined, "", 5])("refuses %j for an image by its field", async (image) => {
  expect(await read(image)).toMatchObject({ status: 422, body: { detail: [{ loc: ["body", "image"] }] } });
});
