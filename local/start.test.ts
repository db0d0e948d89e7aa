import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { validateWebhook } from "replicate";
import sharp from "sharp";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../shared/ports/clock.ts";
import { isAlive, StartProcess } from "../test/support/start-process.ts";

/** `npm start` and nothing else: a prompt in, an image out, a signed webhook told, all over HTTP. */

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let folder: string;
let dataDir: string;
let pipeline: StartProcess;
let url: string;
let key: string;
let receiver: Server;
let receiverUrl: string;
const received: Received[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "start-"));
  dataDir = join(folder, "data");
  receiver = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    response.writeHead(204).end();
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  pipeline = new StartProcess({ dataDir });
  ({ url, key } = await pipeline.ready());
});

afterAll(async () => {
  await pipeline?.end("SIGKILL");
  receiver?.close().closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const headers = () => ({ authorization: `Bearer ${key}`, "content-type": "application/json" });

describe("npm start", () => {
  it("says what the model of this repository draws, without colours in a pipe", () => {
    expect(pipeline.stdout).toContain("zimage-tiny draws small images");
    expect(pipeline.stdout).not.toContain("\u001b");
  });

  it("keeps its folder and key for its owner alone", () => {
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, "local-key.json")).mode & 0o777).toBe(0o600);
  });

  it("serves the page, and lets in by its link the one browser that opens it first", async () => {
    const link = /Page\s+(http:\S+)/.exec(pipeline.stdout)![1]!;
    const opened = await fetch(link, { redirect: "manual" });
    expect([opened.status, opened.headers.get("location")]).toEqual([303, "./"]);
    const cookie = opened.headers.get("set-cookie")!.split(";")[0]!;
    const page = await fetch(url, { headers: { accept: "text/html", cookie } });
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())![1]!;
    const loaded = await fetch(`${url}${script}`, { headers: { "accept-encoding": "br" } });
    expect([loaded.status, loaded.headers.get("content-encoding")]).toEqual([200, "br"]);
    const own = await fetch(`${url}/v1/key`, { headers: { cookie, "sec-fetch-site": "same-origin" } });
    expect(await own.json()).toMatchObject({ name: "local", account: { unlimited: true } });
    expect((await fetch(link)).status).toBe(403);
  });

  it("takes a prompt to an image, and tells a webhook that three libraries verify", async () => {
    const submitted = await fetch(`${url}/v1/jobs`, {
      method: "POST",
      headers: { ...headers(), prefer: "wait=30" },
      body: JSON.stringify({
        prompt: "一只红狐 in fresh snow",
        width: 128,
        height: 64,
        steps: 2,
        seed: 7,
        webhook: { url: receiverUrl },
      }),
    });
    expect(submitted.status).toBe(200);
    const job = (await submitted.json()) as { id: string; status: string; images: { url: string; sha256: string }[] };
    expect(job.status).toBe("succeeded");

    const image = await fetch(job.images[0]!.url); // the link needs no key
    expect(image.headers.get("content-type")).toBe("image/png");
    const bytes = Buffer.from(await image.arrayBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "png", width: 128, height: 64 });
    expect((await sharp(bytes).raw().toBuffer()).length).toBe(128 * 64 * 3);

    while (received.length === 0) await systemClock.sleep(20);
    const { headers: sent, body } = received[0]!;
    const signed = {
      "webhook-id": String(sent["webhook-id"]),
      "webhook-timestamp": String(sent["webhook-timestamp"]),
      "webhook-signature": String(sent["webhook-signature"]),
    };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "local/keys.ts", "webhook-secret"],
      { cwd: join(import.meta.dirname, ".."), env: { PATH: process.env.PATH, DATA_DIR: dataDir } },
    );
    const secret = stdout.trim();
    const message = new StandardWebhook(secret).verify(body, signed);
    expect(() => new SvixWebhook(secret).verify(body, signed)).not.toThrow();
    const [id, timestamp, signature] = Object.values(signed) as [string, string, string];
    expect(await validateWebhook({ id, timestamp, signature, body, secret })).toBe(true);
    expect(message).toMatchObject({
      type: "job.succeeded",
      data: { id: job.id, status: "succeeded", images: [{ sha256: job.images[0]!.sha256 }] },
    });
    const linked = (message as { data: { images: { url: string }[] } }).data.images[0]!.url;
    expect((await fetch(linked)).status).toBe(200);
  });

  it("tells webhooks from a process of its own, which is started again when it is killed", async () => {
    const background = () => pipeline.children("local/background.ts");
    if (process.platform === "linux") {
      const [first] = background();
      process.kill(first!, "SIGKILL");
      while (background().length === 0 || background()[0] === first) await systemClock.sleep(20);
    }
    received.length = 0;
    const submitted = await fetch(`${url}/v1/jobs`, {
      method: "POST",
      headers: { ...headers(), prefer: "wait=30" },
      body: JSON.stringify({ prompt: "a cup", size: "64x64", steps: 1, webhook: { url: receiverUrl } }),
    });
    expect(submitted.status).toBe(200);
    while (received.length === 0) await systemClock.sleep(20);
  });

  it("prints a command that gives a PNG", async () => {
    const command = pipeline.stdout.slice(pipeline.stdout.indexOf("curl "));
    await promisify(execFile)("sh", ["-c", command], { cwd: folder });
    expect(await sharp(readFileSync(join(folder, "penguin.png"))).metadata()).toMatchObject({ format: "png" });
  });

  it("refuses a second start on its folder, and on its port", async () => {
    const sameFolder = new StartProcess({ dataDir });
    await once(sameFolder.child, "close");
    expect(sameFolder.child.exitCode).toBe(2);
    expect(sameFolder.stderr).toMatch(/^DATA_DIR .* is in use by another npm start \(process \d+\).*\n$/);

    const { port } = new URL(url);
    const samePort = new StartProcess({ dataDir: join(folder, "other"), env: { PORT: port } });
    await once(samePort.child, "close");
    expect(samePort.child.exitCode).toBe(2);
    expect(samePort.stderr).toMatch(new RegExp(`^PORT ${port} on 127.0.0.1 is in use.*\n$`));
  });

  it("names a model that is not there", async () => {
    const model = join(folder, "no-such-model");
    const lost = new StartProcess({ dataDir: join(folder, "other"), args: ["--model", model] });
    await once(lost.child, "close");
    expect(lost.child.exitCode).toBe(2);
    expect(lost.stderr).toMatch(/^there is no model .*no-such-model .*see npm run models -- list\n$/);
  });

  it("gives up with the worker's reason when it cannot run", async () => {
    const broken = new StartProcess({ dataDir: join(folder, "other"), env: { THREADS: "many" } });
    await once(broken.child, "close");
    expect(broken.child.exitCode).toBe(2);
    expect(broken.stderr.trimEnd().split("\n").at(-1)).toMatch(/^THREADS must be a whole number/);
  });

  it("stops with exit code 0, leaving no process, and has the same key on the next start", async () => {
    const children = [...pipeline.children("gpu-worker/main.ts"), ...pipeline.children("local/background.ts")];
    expect(children).toHaveLength(process.platform === "linux" ? 2 : 0);
    pipeline.child.kill("SIGINT"); // a second signal that comes with the first, as through npm, is the same request
    expect(await pipeline.end("SIGTERM")).toBe(0);
    expect(children.filter(isAlive)).toEqual([]);

    pipeline = new StartProcess({ dataDir, env: { LOCAL_API_KEY: "an-own-key-of-mine-1" } });
    const again = await pipeline.ready();
    expect(again.key).toBe("an-own-key-of-mine-1");
    for (const presented of [key, again.key]) {
      const listed = await fetch(`${again.url}/v1/jobs`, { headers: { authorization: `Bearer ${presented}` } });
      expect(listed.status).toBe(200);
      expect(((await listed.json()) as { data: unknown[] }).data).toHaveLength(3);
    }
  });

  it("takes its worker and its background process with it when it is killed", async () => {
    const children = [...pipeline.children("gpu-worker/main.ts"), ...pipeline.children("local/background.ts")];
    await pipeline.end("SIGKILL");
    while (children.some(isAlive)) await systemClock.sleep(20);
  });
});
