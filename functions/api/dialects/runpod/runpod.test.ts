import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
  api.worker.start();
});
afterEach(() => api.close());

const draw = async (input: object) => {
  const response = await api.request("POST", "/v2/z-image-turbo/runsync", { input });
  return { status: response.status, body: await response.json() };
};

it("holds the request until the image exists", async () => {
  expect(await draw({ prompt: "a red fox", size: "128*64", seed: -1 })).toMatchObject({
    status: 200,
    body: { status: "COMPLETED", output: { result: expect.stringContaining("/o/") } },
  });
});

it("refuses a wrong size by the name of its own field", async () => {
  const { status, body } = await draw({ prompt: "a red fox", size: "128*65" });
  expect([status, body]).toMatchObject([400, { error: expect.stringContaining("65") }]);
});
