import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeEach, expect, it } from "vitest";
import { api, documents, folder, lines, serveCli, zimage } from "../../../../test/support/api/cli-under-test.ts";
import { turnRuns } from "../../../../test/support/api/turning-runs.ts";

serveCli();
turnRuns();

let file: string;
beforeEach(() => {
  file = join(folder, "first-night.csv");
  writeFileSync(file, "sku,title,photo\nN-001,red teapot,a.png\nN-002,blue mug,B.PNG\nN-003,,none.png\n");
});

async function drawn(...more: string[]): Promise<string> {
  const out = join(folder, "out");
  const prompt = ["--prompt", "a {{title}}", "-s", "64x64"];
  const { stdout } = await zimage(["run", "import", file, ...prompt, "-o", out, "--json", ...more]);
  return documents(stdout).at(-1).run.id;
}

it("lists rows by status and reason, and says what a retry cannot help", async () => {
  const id = await drawn();
  const { stdout } = await zimage(["run", "rows", id, "--status", "failed", "--json"]);
  expect(documents(stdout)).toMatchObject([{ sku: "N-003", error: { code: "template_value_missing" } }]);
  const all = await zimage(["run", "rows", id]);
  expect(lines(all.stdout)[1]).toMatch(/^N-001#main +2 +drawn +auto_ok +N-001_main_1\.jpg/);
  const retried = await zimage(["run", "retry", id, "--reason", "template_value_missing"]);
  expect(retried).toMatchObject({ code: 0, stdout: "0 images are drawn again\n" });
  expect(retried.stderr).toContain("1 need a corrected file: template_value_missing");
});

it("reviews, draws again, publishes, and exports what the shop has not been given", async () => {
  const id = await drawn();
  const decide = ["--approve", "N-001#main", "--reject", "N-002#main", "--reason", "colour", "--regenerate"];
  const reviewed = await zimage(["run", "review", id, ...decide, "--state", "approved"]);
  expect(reviewed.stderr).toContain("reject: 1 images, 1 are drawn again");
  expect(reviewed.stdout).toContain("N-001#main");
  expect((await zimage(["run", "review", id, "--regenerate"])).code).toBe(2);
  await zimage(["run", "watch", id]);
  const onlyApproved = await zimage(["run", "publish", id, "--only", "approved"]);
  expect(onlyApproved.stdout).toMatch(/^1 published, 0 were already, 1 held back/);
  expect(onlyApproved.stderr).toContain(`zimage run review ${id}`);
  expect((await zimage(["run", "publish", id])).stdout).toBe("1 published, 1 were already, 0 held back\n");
  const first = await zimage(["run", "export", id, "woocommerce", "-o", folder]);
  expect(first.stderr).toContain("2 images of 2 products");
  const [name] = lines(first.stdout);
  expect(readFileSync(join(folder, name!), "utf8")).toMatch(/^ID,SKU,Images\r\n,N-001,http.*N-001_main_1\.jpg\r\n/);
  expect((await zimage(["run", "export", id, "woocommerce", "-o", folder])).stdout).toBe("");
  expect((await zimage(["run", "publish", id, "--withdraw"])).stdout).toBe("2 addresses taken back\n");
});

it("saves contact sheets as far as there are images", async () => {
  const id = await drawn();
  const { code, stdout } = await zimage(["run", "sheet", id, "-o", folder]);
  expect([code, lines(stdout)]).toEqual([0, [join(folder, `${id}-1.html`)]]);
  expect(readFileSync(join(folder, `${id}-1.html`), "utf8")).toContain("N-002_main_1.jpg");
  expect(await zimage(["run", "sheet", "run_none"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("run_none"),
  });
});

it("saves the manifest as a table, a workbook, and with the columns of the file", async () => {
  const id = await drawn();
  for (const [form, begin] of [
    ["csv", "\uFEFFline,sku,"],
    ["xlsx", "PK"],
    ["input", "\uFEFFsku,title,photo,main file,"],
  ] as const) {
    const path = join(folder, `manifest.${form}`);
    expect((await zimage(["run", "manifest", id, "--form", form, "-o", path])).stdout).toBe(`${path}\n`);
    expect(readFileSync(path, "utf8").startsWith(begin), form).toBe(true);
  }
});

it("finds photos in a folder and in the folders below it", async () => {
  const photos = join(folder, "photos");
  mkdirSync(join(photos, "mugs"), { recursive: true });
  const red = { create: { width: 64, height: 64, channels: 3, background: "red" } } as const;
  const png = await sharp(red).png().toBuffer();
  writeFileSync(join(photos, "a.png"), png);
  writeFileSync(join(photos, "mugs", "b.png"), png);
  writeFileSync(join(photos, "notes.txt"), "no picture");
  const shots = join(folder, "shots.json");
  writeFileSync(shots, JSON.stringify([{ id: "look", method: "restyle", size: "64x64", prompt: "a mug" }]));
  const args = [
    "run",
    "import",
    file,
    "--map",
    "image=photo",
    "--shots",
    shots,
    "--pictures",
    photos,
    "--dry-run",
    "--json",
  ];
  const { stdout } = await zimage(args);
  expect(documents(stdout).at(-1)).toMatchObject({ counts: { new: 2, refused: { picture_not_found_by_name: 1 } } });
  const empty = join(folder, "empty");
  mkdirSync(empty);
  const refused = await zimage(["run", "import", file, "--prompt", "x", "--pictures", empty]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("no PNG, JPEG, WebP or AVIF file") });
});

it("goes on with its own run after Ctrl-C, and makes no second one", async () => {
  let hold: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    hold = resolve;
  });
  api.beforeDrawing(() => held);
  const out = join(folder, "out");
  const args = ["run", "import", file, "--prompt", "a {{title}}", "-s", "64x64", "-o", out];
  const stopping = new AbortController();
  const first = zimage(args, { signal: stopping.signal });
  await until(async () => (await api.allJobs()).length === 2);
  stopping.abort();
  const { code, stderr } = await first;
  expect(code).toBe(130);
  const [, id] = /(run_\w+) goes on without you/.exec(stderr)!;
  hold();
  const second = await zimage(args);
  expect(second.stderr + second.stdout).toContain("2 files saved");
  expect((await zimage(["run", "list"])).stdout.match(/run_\w+/g)).toEqual([id]);
  expect(readdirSync(out)).toContain("N-001_main_1.jpg");
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
