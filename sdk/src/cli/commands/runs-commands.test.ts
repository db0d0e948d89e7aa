import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { api, documents, folder, lines, serveCli, zimage } from "../../../../test/support/api/cli-under-test.ts";
import { turnRuns } from "../../../../test/support/api/turning-runs.ts";

serveCli();
turnRuns();

let file: string;
beforeEach(() => {
  file = join(folder, "first-night.csv");
  writeFileSync(file, "sku,title\nN-001,red teapot\nN-002,blue mug\nN-003,green chair\nN-004,\n");
});

const draw = (...more: string[]) => zimage(["run", "import", file, "--prompt", "a {{title}}", "-s", "64x64", ...more]);

it("draws a table in one command, names the files by SKU, and draws nothing the second time", async () => {
  const out = join(folder, "pictures");
  const first = await draw("-o", out);
  expect(first).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("N-004 main: line 5: column title is empty"),
  });
  expect(readdirSync(out).sort()).toEqual(["N-001_main_1.jpg", "N-002_main_1.jpg", "N-003_main_1.jpg", "manifest.csv"]);
  expect(first.stdout).toContain("4 products: 0 unchanged, 0 changed, 3 new");
  expect(readFileSync(join(out, "manifest.csv"), "utf8")).toContain("N-001_main_1.jpg");
  rmSync(join(out, "N-002_main_1.jpg"));
  const again = await draw("-o", out, "--json");
  expect(documents(again.stdout).at(-1)).toMatchObject({
    saved: 1,
    kept: 2,
    failed: 1,
    run: { status: "completed", counts: { unchanged: 3, to_draw: 0 }, cost: { charged: 0 } },
  });
});

it("says what a dry run would draw, and leaves nothing behind", async () => {
  const { code, stdout } = await draw("--dry-run");
  expect([code, lines(stdout)]).toEqual([
    0,
    [
      expect.stringContaining("4 records; sku = sku, title = title"),
      "4 products: 0 unchanged, 0 changed, 3 new",
      expect.stringContaining("1 cannot be drawn: template_value_missing: line 5: column title is empty"),
      expect.stringContaining("warning: a drawn main image does not show the real product"),
      expect.stringMatching(/^3 images to draw for 0\.\d+ USD$/),
      expect.stringMatching(/^run_\w+ canceled$/),
    ],
  ]);
  expect(await api.allJobs()).toEqual([]);
});

it("puts the numbers of images beside those of marketplaces, and knows which there are", async () => {
  const unknown = await draw("--marketplace", "bazaar", "--dry-run");
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("amazon_main") });
  expect(await draw("--marketplace", "google", "--dry-run")).toMatchObject({ code: 0 });
});

it("waits until it is told to start, and is shown, listed, watched and pulled", async () => {
  const { stdout, stderr } = await draw();
  const [id] = lines(stdout).at(-1)!.split(" ");
  expect(stderr).toContain(`begin it with: zimage run start ${id}`);
  expect((await zimage(["run", "list"])).stdout).toContain("ready");
  expect(await zimage(["run", "start", id!])).toMatchObject({ code: 0 });
  expect(await zimage(["run", "watch", id!])).toMatchObject({ code: 0, stdout: `${id} completed\n` });
  expect((await zimage(["run", "show", id!])).stdout).toContain(`${id} completed`);
  const out = join(folder, "pulled");
  expect(await zimage(["run", "pull", id!, "-o", out])).toMatchObject({ code: 3 });
  expect(readdirSync(out)).toHaveLength(4);
});

it("refuses what cannot be, in words", async () => {
  expect(await zimage(["run", "import", file])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("give one of --preset, --prompt and --shots"),
  });
  const typo = await zimage(["run", "import", file, "--prompt", "a {{titel}}", "-s", "64x64"]);
  expect(typo).toMatchObject({ code: 1, stderr: expect.stringContaining("did you mean title?") });
  writeFileSync(file, "");
  expect((await draw()).code).toBe(1);
  expect(await zimage(["run", "import", join(folder, "none.csv"), "--prompt", "x"])).toMatchObject({ code: 1 });
});

it("deletes a run that is over, and all of a key", async () => {
  const { stdout } = await draw("-o", join(folder, "pictures"), "--json");
  const { id } = documents(stdout).at(-1).run;
  expect(await zimage(["run", "delete"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("give one of RUN"),
  });
  expect(await zimage(["run", "delete", id])).toMatchObject({ code: 0, stdout: `deleted ${id}\n` });
  expect((await zimage(["run", "show", id])).code).toBe(1);
  expect(await zimage(["run", "delete", "--run-key", "default"])).toMatchObject({ code: 0 });
  expect((await draw("--dry-run")).stdout).toContain("0 unchanged, 0 changed, 3 new");
});
