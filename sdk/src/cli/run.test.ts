import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import sharp from "sharp";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiServer, openApiServer, openReceiver } from "../../../test/support/api-server.ts";
import { completionScript } from "./completion.ts";
import { commands, run } from "./run.ts";

let api: ApiServer;
let folder: string;
beforeEach(async () => {
  api = await openApiServer();
  folder = mkdtempSync(join(tmpdir(), "zimage-"));
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

interface Given {
  readonly env?: { readonly [name: string]: string };
  readonly stdin?: string;
  readonly signal?: AbortSignal;
  readonly isTTY?: boolean;
}

/** Output and exit code of a run. Its progress, written to the same line again and again, is in `stderr`. */
function zimage(args: readonly string[], { env, stdin = "", signal, isTTY = false }: Given = {}) {
  const printed = { stdout: "", stderr: "" };
  const output = (name: keyof typeof printed) => ({
    isTTY,
    columns: 100,
    write: (text: string) => (printed[name] += text),
  });
  const code = run(args, {
    stdin: Readable.from([stdin]),
    stdout: output("stdout"),
    stderr: output("stderr"),
    version: "1.2.3",
    env: env ?? { ZIMAGE_URL: api.url, ZIMAGE_API_KEY: api.key, ZIMAGE_CONFIG: join(folder, "none.json") },
    signal: signal ?? new AbortController().signal,
  });
  const done = async () => ({ code: await code, ...printed });
  return Object.assign(done(), { printed });
}

const small = ["a", "red", "cup", "--size", "128x64", "--steps", "2", "--seed", "5"];
const lines = (stdout: string) => stdout.trim().split("\n");
const documents = (stdout: string) => lines(stdout).map((line) => JSON.parse(line));

async function sizeOf(path: string) {
  const { width, height, format } = await sharp(path).metadata();
  return [width, height, format];
}

describe("gen", () => {
  it("makes a file, in the format that its name asks for", async () => {
    const out = join(folder, "cup.webp");
    expect(await zimage(["gen", ...small, "-o", out])).toMatchObject({ code: 0, stdout: `${out}\n` });
    expect(await sizeOf(out)).toEqual([128, 64, "webp"]);
    const [job] = await api.allJobs();
    expect(job?.params).toMatchObject({ prompt: "a red cup", steps: 2, seed: 5 });
    expect(readdirSync(folder)).toEqual(["cup.webp"]);
  });

  it("numbers several, and names those in a folder after their job", async () => {
    const { stdout } = await zimage(["gen", ...small, "-n", "2", "-o", join(folder, "cup.png")]);
    expect(lines(stdout)).toEqual([join(folder, "cup-0.png"), join(folder, "cup-1.png")]);
    const { stdout: inFolder } = await zimage(["gen", ...small, "-f", "jpeg", "-o", folder]);
    expect(inFolder).toBe(`${join(folder, `${(await api.allJobs())[0]?.id}-0.jpg`)}\n`);
  });

  it("reads the prompt from standard input and sends pictures of this machine", async () => {
    const picture = join(folder, "in.png");
    await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } }).toFile(picture);
    const args = [
      "gen",
      "-",
      "-s",
      "64x64",
      "--image",
      picture,
      "--strength",
      "0.5",
      "--lora",
      "clay:0.7",
      "--metadata",
      "shop=a=b",
    ];
    expect((await zimage([...args, "-o", `${folder}/`], { stdin: "画一个杯子\n" })).code).toBe(0);
    expect((await api.allJobs())[0]).toMatchObject({
      params: {
        prompt: "画一个杯子",
        strength: 0.5,
        imageKey: expect.any(String),
        loras: [{ id: "clay", scale: 0.7 }],
      },
      metadata: { shop: "a=b" },
    });
  });

  it("tells the price without drawing", async () => {
    expect((await zimage(["gen", ...small, "--quote"])).stdout).toMatch(/^0\.\d+ [A-Z]{3}\n$/);
    expect(await api.allJobs()).toEqual([]);
  });

  it("prints lines of JSON alone with --json", async () => {
    const { stdout, stderr, code } = await zimage(["gen", ...small, "-o", `${folder}/`, "--json"], { isTTY: true });
    const types = documents(stdout).map(({ type }) => type);
    expect(types).toEqual(["queued", "started", "step", "step", "image", "saved", "job"]);
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("shows its progress on a terminal, and not with --quiet", async () => {
    const { stderr } = await zimage(["gen", ...small, "-o", `${folder}/`], { isTTY: true });
    expect(stderr).toContain("[############............] step 1 of 2");
    expect(stderr.endsWith("\r\x1b[K")).toBe(true);
    expect((await zimage(["gen", ...small, "-o", `${folder}/`, "-q"], { isTTY: true })).stderr).toBe("");
  });

  it("cancels the job on Ctrl-C", async () => {
    const interrupted = new AbortController();
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    api.beforeDrawing(async () => {
      interrupted.abort();
      await over;
    });
    const running = zimage(["gen", ...small, "-o", `${folder}/`], { signal: interrupted.signal });
    expect(await running).toMatchObject({ code: 130, stdout: "", stderr: expect.stringContaining("cancelled job_") });
    expect((await api.allJobs())[0]?.cancelRequestedAt).toBeDefined();
    end();
    expect(readdirSync(folder)).toEqual([]);
  });
});

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

describe("login", () => {
  const file = () => join(folder, "settings", "config.json");
  const env = (more = {}) => ({ ZIMAGE_CONFIG: file(), ...more });

  it("keeps a key that works, for this user's eyes", async () => {
    const { code, stdout } = await zimage(["login", "--url", `${api.url}/`], { env: env(), stdin: `${api.key}\n` });
    expect([code, stdout]).toEqual([0, `${api.url} and its key are kept in ${file()}\n`]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "settings")).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({ url: api.url, key: api.key });
    expect((await zimage(["balance"], { env: env() })).code).toBe(0);
    expect((await zimage(["balance"], { env: env({ ZIMAGE_API_KEY: "zk_wrong" }) })).code).toBe(1);
    expect((await zimage(["logout"], { env: env() })).stdout).toBe(`removed ${file()}\n`);
    expect((await zimage(["balance"], { env: env() })).code).toBe(2);
  });

  it("does not keep one that does not", async () => {
    const { code, stderr } = await zimage(["login", "--url", api.url], { env: env(), stdin: "zk_wrong" });
    expect([code, stderr]).toEqual([1, expect.stringContaining("invalid_api_key")]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("tells the key to no other server", async () => {
    await zimage(["login", "--url", api.url], { env: env(), stdin: api.key });
    const elsewhere = await zimage(["balance", "--url", "http://127.0.0.1:1"], { env: env() });
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining("no API key for http://127.0.0.1:1") });
  });

  it("says when others can read the file", async () => {
    const exposed = join(folder, "open.json");
    writeFileSync(exposed, JSON.stringify({ url: api.url, key: api.key }), { mode: 0o644 });
    const { code, stderr } = await zimage(["balance"], { env: { ZIMAGE_CONFIG: exposed } });
    expect([code, stderr]).toEqual([0, expect.stringContaining(`chmod 600 ${exposed}`)]);
    writeFileSync(exposed, "{}");
    expect((await zimage(["balance"], { env: { ZIMAGE_CONFIG: exposed } })).code).toBe(2);
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
  expect([none.code, none.stderr]).toEqual([1, `${queued.id} has no pictures: it is queued\n`]);
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

it("manages webhook endpoints", async () => {
  const added = await zimage(["webhooks", "add", "https://example.com/hook", "--events", "job.failed,job.succeeded"]);
  expect(added.stdout).toMatch(/^whsec_/);
  const [id] = /whe_\w+/.exec(added.stderr) ?? [];
  expect((await zimage(["webhooks", "list"])).stdout).toMatch(
    `${id}  on     job.failed,job.succeeded  https://example.com/hook`,
  );
  const [message] = /msg_\w+/.exec((await zimage(["webhooks", "test", id!])).stdout) ?? [];
  expect((await zimage(["webhooks", "deliveries", id!])).stdout).toMatch(
    `${message}  pending  0      -       webhook.test`,
  );
  expect((await zimage(["webhooks", "redeliver", message!])).stdout).toBe(`${message} pending\n`);
  expect((await zimage(["webhooks", "replay", id!, "--since", "1h"])).stdout).toBe("0 messages\n");
  expect((await zimage(["webhooks", "remove", id!])).stdout).toBe(`${id} removed\n`);
  expect((await zimage(["webhooks", "secret"])).stdout).toMatch(/^whsec_/);
});

it("forwards webhooks to this machine, signed, and leaves nothing behind", async () => {
  const receiver = await openReceiver();
  try {
    const interrupted = new AbortController();
    const listening = zimage(["webhooks", "listen", "--forward-to", receiver.url, "--interval", "0.05"], {
      signal: interrupted.signal,
    });
    await expect.poll(() => listening.printed.stdout).toMatch(/^whsec_/);
    const secret = listening.printed.stdout.trim();
    const ids: string[] = [];
    for (const seed of ["1", "2"]) {
      api.clock.advance(1);
      await zimage(["gen", "x", "--seed", seed, "-s", "64x64", "-o", `${folder}/`]);
      ids.push((await api.allJobs())[0]!.id);
    }
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(2);
    const bodies = receiver.received.map(({ body, headers }) =>
      new Webhook(secret).verify(body, headers as { [name: string]: string }),
    );
    expect(bodies).toMatchObject(ids.map((id) => ({ type: "job.succeeded", data: { id, status: "succeeded" } })));
    interrupted.abort();
    expect(await listening).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(`job.succeeded ${ids[1]} msg_\\w+ -> 204`),
    });
    expect(documents(`${(await zimage(["webhooks", "list", "--json"])).stdout || "[]"}`)).toEqual([[]]);
  } finally {
    receiver.close();
  }
});
