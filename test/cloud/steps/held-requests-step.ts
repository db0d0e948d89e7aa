import assert from "node:assert/strict";
import { environment } from "../../../shared/environment.ts";
import { desiredWorkers } from "../deployed-fleet.ts";
import { type IdleDeployment, type IdleDeploymentOptions, withIdleDeployment } from "../idle-deployment.ts";
import { LambdaAccount } from "../lambda/lambda-account.ts";

/** What a new account may invoke at once. */
const newAccount = 10;
/** How long the tick may wait for its turn: a minute on AWS, here longer, for a machine that does other things. */
const patienceMs = 240_000;
/**
 * In place of Lambda's ten minutes and our nine and a half, so that a test need not wait for them: whose order they
 * have (`infra/guarantees/` holds the real ones), and room for a machine that does other things.
 */
const cutAfterMs = 24_000;
const endsAfterMs = 14_000;

/**
 * Requests that wait for their image while no worker is up, in an account as AWS gives it first. Ten of them use all
 * that it may invoke: the tick, which starts the worker that they wait for, must get its turn within a minute.
 */
export async function holdRequests(options: IdleDeploymentOptions): Promise<string[]> {
  const account = new LambdaAccount({ concurrency: newAccount });
  return withIdleDeployment(options, account, async (idle) => {
    const [api, tick] = [idle.start("ApiFunction"), idle.start("Tick")];
    const url = await idle.serve(api);
    const answers = waitForImages(url, idle, newAccount + 2);
    const refused = (await firstOf(answers, 2)).map(({ status, retryAfter }) => ({ status, retryAfter }));
    assert.deepEqual(refused, Array(2).fill({ status: 504, retryAfter: "5" }), "the gateway refuses two, throttled");

    const startedAt = performance.now();
    await tick.invokeWhenFree({}, patienceMs);
    const tickMs = performance.now() - startedAt;
    assert.deepEqual(await desiredWorkers(idle.fleet), { spot: 1, onDemand: 0 }, "the tick starts a worker");
    assert.ok(account.throttles.get("Tick"), "the requests did use up the account's concurrency");

    const early = (await firstOf(answers, 2 + 5)).filter(({ status }) => status !== 504);
    assert.ok(early.length >= 5, "the API holds five at most");
    for (const { status, retryAfter, body } of early) {
      assert.deepEqual([status, retryAfter], [503, "30"], body);
      assert.match(body, /still_running/);
    }
    return [`with ${newAccount} invocations at once, all held: the tick ran after ${(tickMs / 1_000).toFixed(0)} s`];
  });
}

/**
 * The same where concurrency is reserved, in an account that leaves ten to the API: the tick runs at once, and the
 * dispatcher.
 */
export async function runTickBesideHeldRequests(options: IdleDeploymentOptions): Promise<void> {
  const reserved = ["Tick", "Dispatcher"].map((name) => options.deployed.functions[name]!.reservedConcurrency ?? 0);
  const concurrency = newAccount + reserved.reduce((all, one) => all + one, 0);
  const account = new LambdaAccount({ concurrency, leastUnreserved: newAccount });
  await withIdleDeployment(options, account, async (idle) => {
    const [api, tick, dispatcher] = [idle.start("ApiFunction"), idle.start("Tick"), idle.start("Dispatcher")];
    const url = await idle.serve(api);
    await submitJob(url, idle);
    // One more than there is room for.
    await firstOf(waitForImages(url, idle, newAccount + 1), 1);
    await Promise.all([tick.invoke({}), dispatcher.invoke({ Records: [] })]);
    // Beside it there is the canary, where the deployment that went before has another worker.
    assert.equal((await desiredWorkers(idle.fleet)).spot, 1, "the tick starts a worker");
  });
}

/**
 * A response that is held and a stream, with no worker that would end them: both end themselves, in the form of their
 * API, before the time at which Lambda cuts them.
 */
export async function endStreams(options: IdleDeploymentOptions): Promise<string[]> {
  const account = new LambdaAccount({ concurrency: newAccount });
  return withIdleDeployment(options, account, async (idle) => {
    const api = idle.start("ApiFunction", { [environment.longestResponseMs]: String(endsAfterMs) }, cutAfterMs);
    const url = await idle.serve(api);
    const id = await submitJob(url, idle);
    const startedAt = performance.now();
    const [[held], events] = await Promise.all([
      Promise.all(waitForImages(url, idle, 1)),
      fetch(`${url}/v1/jobs/${id}/events`, { headers: idle.headers }).then((response) => response.text()),
    ]);
    const endedMs = performance.now() - startedAt;
    assert.equal(held!.status, 200);
    assert.equal(JSON.parse(held!.body).error.code, "still_running", "the held response ends as JSON, and says why");
    assert.match(events, /^retry: \d+$/m, "the stream says when to connect again");
    assert.match(events, /event: queued\n/);
    assert.equal(api.errors, 0, "no invocation was cut off");
    return [
      `a held response and a stream ended themselves after ${(endedMs / 1_000).toFixed(1)} s of ` +
        `${cutAfterMs / 1_000}`,
    ];
  });
}

/** @returns its id */
async function submitJob(url: string, { headers }: IdleDeployment): Promise<string> {
  const body = JSON.stringify({ prompt: "a penguin", width: 64, height: 64, steps: 2 });
  const response = await fetch(`${url}/v1/jobs`, { method: "POST", headers, body });
  assert.equal(response.status, 202);
  return ((await response.json()) as { readonly id: string }).id;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** Requests of OpenAI's API, each of which waits for its image. Those that still wait at the end are of no interest. */
function waitForImages(url: string, { headers }: IdleDeployment, count: number): readonly Promise<Answer>[] {
  const body = JSON.stringify({ prompt: "a penguin", size: "64x64" });
  return Array.from({ length: count }, async () => {
    const response = await fetch(`${url}/v1/images/generations`, { method: "POST", headers, body });
    return { status: response.status, retryAfter: response.headers.get("retry-after"), body: await response.text() };
  });
}

/** The answers that come first. */
async function firstOf(answers: readonly Promise<Answer>[], count: number): Promise<readonly Answer[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Answer[]>();
  const first: Answer[] = [];
  for (const one of answers) {
    one.then((answer) => {
      if (first.push(answer) === count) resolve([...first]);
    }, reject);
  }
  return promise;
}
