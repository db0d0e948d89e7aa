import { expect, it } from "vitest";
import { api, documents, lines, serveCli, small, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

it("lists, shows, waits for and cancels jobs", async () => {
  const [id] = lines((await zimage(["gen", ...small, "--no-wait"])).stdout);
  expect(await zimage(["jobs", "wait", id!])).toMatchObject({ code: 0, stdout: `${id} succeeded\n` });
  const listed = lines((await zimage(["jobs", "list", "--status", "succeeded", "--since", "7d"])).stdout);
  expect(listed).toEqual([
    expect.stringMatching(/^JOB +STATUS/),
    expect.stringMatching(`^${id} +succeeded .* 128x64 +a red cup$`),
  ]);
  expect((await zimage(["jobs", "show", id!])).stdout).toMatch(/drawn as +128x64, 1 × 2 steps, seed 5/);
  expect((await zimage(["jobs", "cancel", id!])).stdout).toBe(`${id} succeeded\n`);
  expect(documents((await zimage(["jobs", "list", "--json"])).stdout)).toMatchObject([{ id, object: "job" }]);
  expect(await zimage(["jobs", "show", "job_none"])).toMatchObject({ code: 1 });
});

it("waits for several jobs and says that some have failed", async () => {
  api.beforeDrawing(async ({ params }) => {
    if (params.seed === 6) throw new Error("no six");
  });
  const ids: string[] = [];
  for (const seed of ["5", "6"])
    ids.push((await zimage(["gen", "x", "--seed", seed, "-s", "64x64", "--no-wait"])).stdout.trim());
  expect(await zimage(["jobs", "wait", ...ids])).toMatchObject({
    code: 3,
    stdout: `${ids[0]} succeeded\n${ids[1]} failed\n`,
  });
});
