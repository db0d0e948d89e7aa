import { expect, it } from "vitest";
import { documents, lines, serveCli, small, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

it("lists, shares and deletes images", async () => {
  await zimage(["gen", ...small, "-n", "2", "--no-wait"]);
  const [job] = lines((await zimage(["jobs", "list", "--json"])).stdout).map((line) => JSON.parse(line).id as string);
  await zimage(["jobs", "wait", job!]);
  const found = documents((await zimage(["images", "list", "--search", "CUP", "--since", "1h", "--json"])).stdout);
  const ids = found.map(({ id }) => String(id));
  expect(ids).toEqual([`img_${job?.slice(4)}_0`, `img_${job?.slice(4)}_1`]);
  expect(lines((await zimage(["images", "list", "--limit", "1"])).stdout)).toEqual([
    expect.stringMatching(/^IMAGE +CREATED/),
    expect.stringMatching(`^${ids[0]} .* 128x64 +5 +a red cup$`),
  ]);
  expect(lines((await zimage(["images", "list", "--search", "teapot"])).stdout)).toHaveLength(1);
  const [link] = lines((await zimage(["images", "share", ids[0]!, "--expires-in", "90m"])).stdout);
  expect((await fetch(link!)).status).toBe(200);
  expect(await zimage(["images", "share", ids[0]!, "--expires-in", "soon"])).toMatchObject({ code: 2 });
  expect(await zimage(["images", "delete", ids[0]!])).toMatchObject({ code: 0, stdout: `${ids[0]} deleted\n` });
  expect(await zimage(["images", "delete", ...ids])).toMatchObject({ code: 3, stdout: `${ids[1]} deleted\n` });
  expect((await fetch(link!)).status).toBe(404);
});
