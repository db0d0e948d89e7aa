import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { keptKey, type RememberedImage, recallImage, rememberWrite } from "./image-memory.ts";

const owner = { accountId: "acc_1", runKey: "spring" };
const image: RememberedImage = {
  key: "A-1#main",
  hash: { all: "a", prompt: "b", photo: "" },
  jobId: "job_1",
  version: 1,
  images: [],
  drawnAt: 1,
};

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

it("recalls an image under its own run key and account alone", async () => {
  await api.items.write([rememberWrite(owner, image)]);
  expect(await recallImage(api.items, owner, image.key)).toEqual(image);
  expect(await recallImage(api.items, { ...owner, runKey: "autumn" }, image.key)).toBeUndefined();
  expect(await recallImage(api.items, { ...owner, accountId: "acc_2" }, image.key)).toBeUndefined();
});

it("tells long SKUs apart that differ in their last letter, whatever their letters", async () => {
  const [first, second] = ["花", "瓶"].map((end) => `${"/#\u{1f4a1}".repeat(48)}${end}#main`) as [string, string];
  await api.items.write([rememberWrite(owner, { ...image, key: first })]);
  expect(await recallImage(api.items, owner, first)).toMatchObject({ key: first });
  expect(await recallImage(api.items, owner, second)).toBeUndefined();
});

it("keeps the newest of what is drawn for a key", async () => {
  await api.items.write([rememberWrite(owner, image)]);
  await api.items.write([rememberWrite(owner, { ...image, version: 2, rejected: true })]);
  expect(await recallImage(api.items, owner, image.key)).toMatchObject({ version: 2, rejected: true });
});

it("names a kept image by its content", () => {
  expect(keptKey(owner, "abc", "jpeg")).toBe("k/acc_1/spring/abc.jpg");
  expect(keptKey(owner, "abc", "png")).toBe("k/acc_1/spring/abc.png");
});
