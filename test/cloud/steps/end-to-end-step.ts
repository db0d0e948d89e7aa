import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import sharp from "sharp";
import { Webhook } from "standardwebhooks";
import { ulid } from "ulid";
import type { Verification } from "../../../functions/api/verify/verify-responses.ts";
import { pushModel } from "../../../gpu-worker/cli/models/push-model.ts";
import { firstImageCommands } from "../../../infra/deploy/first-image.ts";
import { defaultModel } from "../../../models/default-model.ts";
import { ApiKeys } from "../../../shared/access/api-keys.ts";
import { openDynamoItems } from "../../../shared/aws/items.ts";
import { openS3Objects } from "../../../shared/aws/objects.ts";
import { openSqsQueue } from "../../../shared/aws/queue.ts";
import { environment } from "../../../shared/environment.ts";
import { systemClock as clock } from "../../../shared/ports/clock.ts";
import type { Emulator } from "../../support/aws/aws-emulators.ts";
import { openAtomicTables } from "../atomic-tables.ts";
import { finishBatch, sendBatch } from "../batch-job.ts";
import { desiredWorkers, openDeployedFleet } from "../deployed-fleet.ts";
import { createSecret } from "../deployment.ts";
import { createEdgeGateway } from "../edge-gateway.ts";
import { runEventSource } from "../lambda/event-source.ts";
import { LambdaAccount } from "../lambda/lambda-account.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { standInEnvironment, startFunction } from "../lambda/start-function.ts";
import { endIdleStream, openPage } from "../open-page.ts";
import { sendFiles } from "../send-files.ts";
import type { Deployed } from "./deploy-step.ts";

const root = resolve(import.meta.dirname, "../../..");

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Nothing here takes longer than this, also on a machine that does other things. */
const patienceMs = 240_000;

export interface EndToEndOptions {
  readonly deployed: Deployed;
  readonly moto: Emulator;
  readonly work: string;
  readonly region: string;
  /** Key of the billing system, in Secrets Manager. */
  readonly usageKey: { readonly name: string; readonly value: string };
}

/**
 * The deployed packages with the deployed environment, behind a gateway that does what CloudFront and API Gateway do; a
 * worker process with the deployed task's environment; moto's table, queues and buckets. A request and a batch go in,
 * images come out of the bucket, a webhook arrives.
 *
 * @returns figures worth printing
 */
export async function drawOneImage(options: EndToEndOptions): Promise<string[]> {
  const { deployed, moto, work, region, usageKey } = options;
  const tables = await openAtomicTables(moto.endpoint);
  const aws = standInEnvironment(moto.endpoint, tables.endpoint, region);
  // As AWS gives it to a new account.
  const lambdas = { deployed, aws, account: new LambdaAccount({ concurrency: 10 }) };
  const start = (name: string, changes: { readonly [name: string]: string } = {}) =>
    startFunction(name, lambdas, changes);
  const [api, dispatcher, runs] = [start("ApiFunction"), start("Dispatcher"), start("Runs")] as const;
  let tick: LambdaFunction | undefined;
  const stopping = new AbortController();
  const received: Received[] = [];
  const usageEvents: Received[] = [];
  const receiver = createServer(async (request, response) => {
    const list = request.url === "/hook" ? received : usageEvents;
    list.push({ headers: request.headers, body: await text(request) });
    response.writeHead(204).end();
  });
  const stored = openS3Objects({ client: moto.clients.s3, bucket: deployed.workerEnv[environment.bucketName]! });
  const edge = createEdgeGateway({ api, images: stored, ...deployed.edge });
  const { batchQueueUrl, deadLetterQueueUrl, notifyQueueUrl, runQueueUrl } = environment;
  const batchQueue = openSqsQueue({
    client: moto.clients.sqs,
    queueUrl: deployed.workerEnv[batchQueueUrl]!,
    deadLetterQueueUrl: deployed.workerEnv[deadLetterQueueUrl]!,
  });
  const servers = [edge, receiver];
  let worker: ReturnType<typeof spawn> | undefined;
  try {
    await once(receiver.listen(0, "127.0.0.1"), "listening");
    await once(edge.listen(0, "127.0.0.1"), "listening");
    const port = (server: typeof edge) => (server.address() as AddressInfo).port;
    const url = `http://127.0.0.1:${port(edge)}`;
    await createSecret(moto.endpoint, usageKey);
    tick = start("Tick", { [environment.usageExportUrl]: `http://127.0.0.1:${port(receiver)}/usage` });
    const everyMinute = tick;

    // As `npm run deploy` does: weights with their manifest, a first account and its key.
    const { weightsBucket, weightsPrefix, tableName } = environment;
    await pushModel(defaultModel.dir, {
      client: moto.clients.s3,
      bucket: deployed.workerEnv[weightsBucket]!,
      prefix: deployed.workerEnv[weightsPrefix]!,
    });
    const items = openDynamoItems({ client: moto.clients.dynamodb, table: deployed.workerEnv[tableName]! });
    const keys = new ApiKeys({ items, clock, newId: () => ulid() });
    const account = await keys.createAccount("test:cloud", { unlimited: true, meterCustomer: "cus_1" });
    const { value: key } = await keys.createKey(account.id);
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };

    // The edge refuses a key with a typing error, and invokes nothing.
    const typed = `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;
    const refused = await fetch(`${url}/v1/jobs`, { headers: { authorization: `Bearer ${typed}` } });
    assert.equal(refused.status, 401);
    assert.equal(api.starts.length, 0);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    await openPage(url);
    await endIdleStream(url, headers.authorization);

    const prompt = "a penguin";
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const submitted = await fetch(`${url}/v1/jobs`, {
      method: "POST",
      headers: { ...headers, traceparent },
      body: JSON.stringify({
        prompt,
        width: 64,
        height: 64,
        steps: 2,
        seed: 7,
        webhook: { url: `http://127.0.0.1:${port(receiver)}/hook` },
      }),
    });
    const submission = await submitted.text();
    assert.equal(submitted.status, 202, submission);
    const job = JSON.parse(submission) as { readonly id: string };

    await sendFiles(url, key);
    // The same through a gateway that takes bytes for text, as the deployed one would without its binary media types.
    const broken = createEdgeGateway({ api, images: stored, ...deployed.edge, binaryMediaTypes: [] });
    servers.push(broken);
    await once(broken.listen(0, "127.0.0.1"), "listening");
    await assert.rejects(sendFiles(`http://127.0.0.1:${port(broken)}`, key));

    // Its steps make jobs of a batch's lines, in a queue of their own.
    void runEventSource(moto.clients.sqs, deployed.workerEnv[runQueueUrl]!, runs, stopping.signal);
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
    const batch = await sendBatch(openai);
    const fedBy = performance.now() + patienceMs;
    while ((await batchQueue.depth()).visible < 2 && performance.now() < fedBy) await sleep(200);
    assert.equal((await batchQueue.depth()).visible, 2, "two lines of the batch are jobs, in the batch queue");
    // The scaler sees the work and asks for a worker; the process below is the one that ECS would start.
    await everyMinute.invoke({});
    const desired = await desiredWorkers(openDeployedFleet(moto.endpoint, deployed));
    assert.deepEqual(desired, { spot: 1, onDemand: 0 }, "the scaler asks for one spot worker");
    mkdirSync(work, { recursive: true });
    const workerEnv = {
      ...deployed.workerEnv,
      ...aws,
      [environment.device]: "cpu",
      [environment.modelDir]: join(work, "model"),
    };
    worker = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "gpu-worker/main.ts")], {
      env: workerEnv,
      stdio: ["ignore", process.env.CLOUD_TEST_LOGS ? "inherit" : "ignore", "inherit"],
    });
    void runEventSource(moto.clients.sqs, deployed.workerEnv[notifyQueueUrl]!, dispatcher, stopping.signal);

    // Followed as a stream, through the function's response stream.
    const events = await fetch(`${url}/v1/jobs/${job.id}/events?preview=none`, {
      headers,
      signal: AbortSignal.timeout(patienceMs),
    });
    assert.equal(events.headers.get("content-type")?.split(";")[0], "text/event-stream");
    let chunks = 0;
    let history = "";
    for await (const chunk of events.body!.pipeThrough(new TextDecoderStream())) {
      chunks++;
      history += chunk;
    }
    for (const type of ["queued", "started", "step", "image", "done"])
      assert.match(history, new RegExp(`event: ${type}\\n`));
    assert.ok(chunks > 1, "the events came one by one, not as one answer");

    const shown = (await (await fetch(`${url}/v1/jobs/${job.id}`, { headers })).json()) as {
      readonly status: string;
      readonly images: readonly { readonly url: string; readonly sha256: string }[];
    };
    assert.equal(shown.status, "succeeded");
    const link = shown.images[0]!.url;
    assert.ok(link.startsWith(url), `links are under the address that the client used, got ${link}`);
    const sent = await fetch(link, { redirect: "manual" });
    assert.match(sent.headers.get("location") ?? "", /^\/o\/job_/, "the image comes from the distribution");
    const image = Buffer.from(await (await fetch(link)).arrayBuffer());
    assert.deepEqual(
      await sharp(image)
        .metadata()
        .then(({ format, width }) => [format, width]),
      ["png", 64],
    );
    assert.equal(createHash("sha256").update(image).digest("hex"), shown.images[0]!.sha256);
    assert.equal((await stored.list(`o/${job.id}/`)).objects.length, 1);

    await verifyFiles(url, headers.authorization, { image, jobId: job.id });

    const until = performance.now() + patienceMs;
    while (received.length === 0 && performance.now() < until) await sleep(100);
    assert.equal(received.length, 1, "one webhook was received");
    const [{ headers: signed, body }] = received as [(typeof received)[0]];
    const message = new Webhook(account.webhookSecrets[0]!).verify(body, {
      "webhook-id": String(signed["webhook-id"]),
      "webhook-timestamp": String(signed["webhook-timestamp"]),
      "webhook-signature": String(signed["webhook-signature"]),
    }) as { readonly type: string; readonly data: { readonly id: string } };
    assert.deepEqual([message.type, message.data.id], ["job.succeeded", job.id]);
    assert.equal(signed.traceparent, traceparent, "the webhook is of the request's trace");

    await drawAsPrinted(url, key, work);

    await finishBatch(openai, batch, () => everyMinute.invoke({}), performance.now() + patienceMs);

    // The last charges may be as young as the tick that ended the batch.
    await everyMinute.invoke({});
    const charges = usageEvents.map(({ body }) => new URLSearchParams(body));
    assert.equal(new Set(charges.map((charge) => charge.get("identifier"))).size, 4, "four charges were told");
    assert.equal(charges[0]!.get("payload[stripe_customer_id]"), "cus_1");
    assert.equal(usageEvents[0]!.headers.authorization, `Bearer ${usageKey.value}`);

    const stopped = once(worker, "exit");
    worker.kill("SIGTERM");
    assert.deepEqual(await stopped, [0, null], "the worker ends with 0 on SIGTERM");
    const bundleMb = (name: string) => (deployed.functions[name]!.zipBytes / 1e6).toFixed(2);
    return [
      `packages, zipped: API ${bundleMb("ApiFunction")} MB, dispatcher ${bundleMb("Dispatcher")} MB, runs ` +
        `${bundleMb("Runs")} MB, tick ${bundleMb("Tick")} MB`,
      `${chunks} chunks of events; image of ${image.length} bytes`,
    ];
  } finally {
    stopping.abort();
    worker?.kill("SIGKILL");
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await Promise.all([api.stop(), dispatcher.stop(), runs.stop(), tick?.stop()]);
    tables.close();
  }
}

/**
 * The API's function tells the image, signed by a worker with the key of KMS, from one with a changed pixel and from a
 * stranger's.
 */
async function verifyFiles(url: string, authorization: string, { image, jobId }: { image: Buffer; jobId: string }) {
  async function verify(file: Uint8Array) {
    const form = new FormData();
    form.append("file", new Blob([new Uint8Array(file)]), "image.png");
    const response = await fetch(`${url}/v1/verify`, { method: "POST", headers: { authorization }, body: form });
    assert.equal(response.status, 200, await response.clone().text());
    const { made_here, match, unchanged, credentials, image: own } = (await response.json()) as Verification;
    return [made_here, match, unchanged, credentials.state, credentials.signed_here, own?.job];
  }
  assert.deepEqual(await verify(image), [true, "bytes", true, "intact", true, jobId]);
  const changed = Uint8Array.from(image);
  changed[image.length - 30]! ^= 1;
  assert.deepEqual(await verify(changed), [true, "signature", false, "changed", true, jobId]);
  const stripped = await sharp(image).jpeg().toBuffer();
  assert.deepEqual(await verify(stripped), [false, null, null, "none", false, undefined]);
}

/** The commands that `npm run deploy` prints, in a shell. */
async function drawAsPrinted(url: string, key: string, work: string): Promise<void> {
  const shell = spawn("sh", ["-ec", firstImageCommands(url, key)], { cwd: work, stdio: ["ignore", "pipe", "inherit"] });
  const [output, [code]] = await Promise.all([text(shell.stdout), once(shell, "exit")]);
  assert.equal(code, 0, output);
  assert.match(output, /event: done/);
  const { format } = await sharp(join(work, "penguin.png")).metadata();
  assert.equal(format, "png", "the commands that a deployment prints leave an image");
}
