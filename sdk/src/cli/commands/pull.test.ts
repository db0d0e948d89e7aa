import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { api, documents, folder, lines, serveCli, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

it("pulls what is not there yet, and says what it could not get", async () => {
  for (const seed of ["1", "2"])
    await zimage(["gen", "x", "--seed", seed, "-s", "64x64", "-n", "2", "-o", `${folder}/first/`]);
  const out = join(folder, "second");
  const { code, stdout } = await zimage(["pull", "-o", out]);
  expect([code, lines(stdout).length, readdirSync(out).sort()]).toEqual([
    0,
    4,
    readdirSync(join(folder, "first")).sort(),
  ]);
  const [damaged] = lines(stdout);
  writeFileSync(damaged!, "cut off");
  const again = await zimage(["pull", "-o", `${out}/`, "--json"]);
  expect(documents(again.stdout).map(({ type }) => type)).toEqual(["saved", "kept", "kept", "kept"]);
  const [job] = await api.allJobs();
  expect(await zimage(["pull", job!.id, "job_none", "-o", out])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("job_none: "),
  });
  await api.worker.stop();
  const queued = (await (await api.request("POST", "/v1/jobs", { prompt: "x" })).json()) as { id: string };
  const none = await zimage(["pull", queued.id, "-o", out, "--quiet"]);
  expect([none.code, none.stderr]).toEqual([1, `${queued.id} has no images: it is queued\n`]);
});
