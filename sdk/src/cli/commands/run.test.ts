import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openReceiver } from "../../../../test/support/api/api-server.ts";
import { type CliUnderTest, documents, lines, openCli, small } from "../../../../test/support/api/cli-under-test.ts";
import { completionScript } from "./completion.ts";
import { commands } from "./run.ts";

let cli: CliUnderTest;
let api: CliUnderTest["api"];
let folder: string;
let zimage: CliUnderTest["zimage"];
beforeEach(async () => {
  cli = await openCli();
  ({ api, folder, zimage } = cli);
});
afterEach(() => cli.close());

describe("what goes wrong", () => {
  it("in a field is named, with the code and the request", async () => {
    const { code, stdout, stderr } = await zimage(["gen", "x", "--size", "100x64"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^error: .*100.*\(invalid_size, req_\w+\)\n$/);
    const [error] = documents((await zimage(["gen", "x", "--size", "100x64", "--json"])).stdout);
    expect(error).toMatchObject({
      type: "error",
      kind: "api",
      status: 400,
      code: "invalid_size",
      request_id: expect.any(String),
    });
  });

  it("with the job ends with 1", async () => {
    api.beforeDrawing(async () => {
      throw new Error("the engine has a cold");
    });
    const { code, stderr } = await zimage(["gen", ...small, "-o", `${folder}/`]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("the engine has a cold")]);
  });

  it.each([
    [["frob"], /there is no command "frob"/],
    [["jobs", "frob"], /there is no command "jobs frob"/],
    [["gen"], /takes PROMPT\.\.\., got none/],
    [["gen", "x", "--frob"], /Unknown option '--frob'; see: zimage gen --help/],
    [["gen", "x", "--steps", "many"], /--steps must be a number, got "many"/],
    [["gen", "x", "--lora", "a:b"], /--lora must be ID or ID:SCALE/],
    [["gen", "x", "--metadata", "shop"], /--metadata must be KEY=VALUE/],
    [["gen", "x", "--image", "/nowhere/in.png"], /--image: \/nowhere\/in.png cannot be read/],
    [["usage", "--from", "yesterday"], /--from must be a time/],
    [["balance", "now"], /takes no arguments, got "now"/],
    [["webhooks", "listen"], /--forward-to must be an address/],
    [["completion", "tcsh"], /completions are made for bash, zsh, fish/],
    [["balance", "--url", "nowhere"], /baseUrl must be an address/],
  ])("with the command line %j ends with 2, and nothing is made", async (args, reason) => {
    expect(await zimage(args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(reason) });
    expect(await api.allJobs()).toEqual([]);
  });

  it("without a server is told as it is", async () => {
    const gone = await openReceiver();
    gone.close();
    const env = { ZIMAGE_URL: gone.url, ZIMAGE_API_KEY: "zk_x", ZIMAGE_CONFIG: join(folder, "none.json") };
    const { code, stderr } = await zimage(["login"], { env });
    expect([code, stderr]).toEqual([1, expect.stringMatching(`GET ${gone.url}/v1/models: connect ECONNREFUSED`)]);
  });
});

describe("help", () => {
  it("is there for every command, with its options", async () => {
    const overview = await zimage(["--help"]);
    for (const { name, options = {} } of commands) {
      expect(overview.stdout).toContain(`  ${name} `);
      const { code, stdout } = await zimage([...name.split(" "), "--help"]);
      expect([code, stdout]).toEqual([0, expect.stringContaining(`zimage ${name}`)]);
      for (const option of Object.keys(options)) expect(stdout).toContain(`--${option}`);
    }
    expect(await zimage(["jobs"])).toMatchObject({ code: 2, stdout: expect.stringContaining("jobs list") });
    expect((await zimage(["--version"])).stdout).toBe("1.2.3\n");
  });

  it.each([
    [
      ["zimage", ""],
      ["gen", "pull", "jobs"],
    ],
    [["zimage", "jobs", "c"], ["cancel"]],
    [
      ["zimage", "gen", "a cup", "--st"],
      ["--strength", "--steps"],
    ],
    [
      ["zimage", "gen", "a cup", "--format", ""],
      ["png", "jpeg", "webp", "avif"],
    ],
    [["zimage", "jobs", "list", "--status", "su"], ["succeeded"]],
  ])("is given by bash's completion of %j", (typed, offered) => {
    const script = `${completionScript("bash", commands)}
COMP_WORDS=(${typed.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${typed.length - 1}; _zimage; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout.trim().split(" ")).toEqual(expect.arrayContaining(offered));
  });

  it("is written for zsh and fish", () => {
    expect(completionScript("zsh", commands)).toContain("bashcompinit");
    expect(completionScript("fish", commands)).toContain(
      "complete -c zimage -n '__fish_seen_subcommand_from jobs; and __fish_seen_subcommand_from list' -l status -x -a 'queued",
    );
  });
});

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

it("tells about money and models", async () => {
  await zimage(["gen", ...small, "-o", `${folder}/`]);
  expect((await zimage(["balance"])).stdout).toMatch(/^available +unlimited/);
  expect((await zimage(["usage", "--by", "model"])).stdout).toMatch(/^MODEL +JOBS.*\nz-image-turbo +1 +1 +0\.\d+/);
  expect((await zimage(["usage", "--csv"])).stdout).toMatch(/^day,jobs/);
  expect((await zimage(["models"])).stdout).toMatch(/^MODEL.*\nz-image-turbo +1024x1024/);
});

it("prints nothing that moves the cursor, whoever wrote it", async () => {
  const hostile = "fox\u001b[2J\u0007";
  const made = await zimage(["keys", "create", "--name", hostile]);
  const { stdout: listed } = await zimage(["keys", "list"]);
  const drawn = await zimage(["gen", hostile, "--size", "64x64", "--steps", "1", "-o", `${folder}/`]);
  const [id] = /job_\w+/.exec((await zimage(["jobs", "list"])).stdout) ?? [];
  const { stdout: shown } = await zimage(["jobs", "show", id!]);
  const { stderr: refused } = await zimage(["jobs", "show", `job_${hostile}`]);
  for (const text of [made.stderr, listed, drawn.stderr, shown, refused]) {
    expect(text).not.toContain("\u001b");
    expect(text).not.toContain("\u0007");
  }
  expect(shown).toContain("fox\\u001b[2J\\u0007");
});
