import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { cpuMs } from "../../../test/support/cpu-ms.ts";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const read = async (origin: string) => (await api.app.request(`${origin}/openapi.json`)).text();

it("names the address that the client used, and is the same otherwise", async () => {
  const [first, second] = (await Promise.all(["http://a.test", "http://b.test"].map(read))).map((text) =>
    JSON.parse(text),
  );
  expect(first).toMatchObject({ openapi: "3.1.0", servers: [{ url: "http://a.test" }] });
  expect({ ...first, servers: [{ url: "http://b.test" }] }).toEqual(second);
});

// Written anew for each request, 200 at once held the event loop for 430 ms.
it("is written once, not for every request", async () => {
  const text = await read("http://a.test");
  const written = await cpuMs(() => {
    for (let i = 0; i < 50; i++) JSON.stringify(JSON.parse(text));
  });
  const served = await cpuMs(async () => {
    for (let i = 0; i < 50; i++) await api.app.request("http://a.test/openapi.json");
  });
  expect(served).toBeLessThan(written / 2);
});
