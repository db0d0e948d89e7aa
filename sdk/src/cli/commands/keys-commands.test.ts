import { expect, it } from "vitest";
import { documents, serveCli, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

it("manages keys, and prints a new one alone", async () => {
  const { stdout, stderr } = await zimage([
    "keys",
    "create",
    "--name",
    "shop",
    "--scopes",
    "jobs:read",
    "--monthly-cap",
    "1000000",
    "--deduplication-window",
    "300",
  ]);
  expect(stdout).toMatch(/^zk_\w+\n$/);
  const [id] = /key_\w+/.exec(stderr) ?? [];
  expect((await zimage(["keys", "rotate", id!, "--overlap", "60"])).stdout).not.toBe(stdout);
  const updated = await zimage(["keys", "update", id!, "--monthly-cap", "none", "--max-open-jobs", "2", "--json"]);
  expect(documents(updated.stdout)).toMatchObject([
    { id, name: "shop", deduplication_window_s: 300, limits: { monthly_cap: null, max_open_jobs: 2 } },
  ]);
  const automatic = await zimage(["keys", "update", id!, "--deduplication-window", "auto", "--json"]);
  expect(documents(automatic.stdout)).toMatchObject([{ id, deduplication_window_s: null }]);
  expect(await zimage(["keys", "update", id!])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("what to change"),
  });
  expect((await zimage(["keys", "revoke", id!])).stdout).toBe(`${id} revoked\n`);
  expect(documents((await zimage(["keys", "list", "--json"])).stdout)).toContainEqual(
    expect.objectContaining({ id, name: "shop", scopes: ["jobs:read"], revoked_at: expect.any(String) }),
  );
});
