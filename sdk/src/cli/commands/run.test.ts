import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openReceiver } from "../../../../test/support/api/api-server.ts";
import { api, documents, folder, serveCli, small, zimage } from "../../../../test/support/api/cli-under-test.ts";
import { completionScript } from "./completion.ts";
import { commands } from "./run.ts";

serveCli();

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
    [["gen"], /PROMPT is missing: .* or --from an image/],
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
