import { expect, it } from "vitest";
import { folder, serveCli, small, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

it("tells about money and models", async () => {
  await zimage(["gen", ...small, "-o", `${folder}/`]);
  expect((await zimage(["balance"])).stdout).toMatch(/^available +unlimited/);
  expect((await zimage(["usage", "--by", "model"])).stdout).toMatch(/^MODEL +JOBS.*\nz-image-turbo +1 +1 +0\.\d+/);
  expect((await zimage(["usage", "--csv"])).stdout).toMatch(/^day,jobs/);
  expect((await zimage(["models"])).stdout).toMatch(/^MODEL.*\nz-image-turbo +1024x1024/);
});
