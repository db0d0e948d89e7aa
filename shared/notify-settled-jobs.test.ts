import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleJob } from "../test/support/sample-job.ts";
import { createJobStore } from "./create-job-store.ts";
import { openEmbeddedItems } from "./embedded/items.ts";
import type { Items } from "./items.ts";
import { jobMessage } from "./job-message.ts";
import type { JobStore } from "./job-store.ts";
import { ensureLinkSecret } from "./link-secret.ts";
import { notifySettledJobs } from "./notify-settled-jobs.ts";

let items: Items;
let jobs: JobStore;
let sent: string[];
let failures: string[];
let reachable: boolean;

beforeEach(() => {
  items = openEmbeddedItems(":memory:");
  sent = [];
  failures = [];
  reachable = true;
  const send = async (body: string) => {
    if (!reachable) throw new Error("ECONNREFUSED");
    sent.push(body);
  };
  jobs = notifySettledJobs(createJobStore({ items }), { send }, (_error, jobId) => failures.push(jobId));
});
afterEach(() => items.close());

const webhook = { url: "https://example.com/hook", events: [] };
const submit = async (id: string, changes: object = { webhook }) =>
  jobs.submit({ job: { ...sampleJob("x", Date.now()), ...changes, id } });

async function claim(id: string) {
  const claimed = await jobs.claim(id, "w1");
  if (claimed.outcome !== "claimed") throw new Error(claimed.outcome);
  return claimed.job;
}

describe("notifySettledJobs", () => {
  it("tells of a job's end once, after it is durable", async () => {
    await submit("job_1");
    const held = await claim("job_1");
    expect(sent).toEqual([]);
    await jobs.succeed(held, { images: [], warnings: [], inferenceMs: 1 });
    expect(sent).toEqual([jobMessage("job_1")]);
  });

  it("tells of a cancelled job, and of none without a webhook or still to be tried", async () => {
    await submit("job_1");
    await jobs.requestCancel("job_1");
    await submit("job_2", { webhook: undefined });
    await jobs.requestCancel("job_2");
    await submit("job_3");
    await jobs.fail(await claim("job_3"), { code: "out_of_memory", message: "", retryable: true });
    expect(sent).toEqual([jobMessage("job_1")]);
  });

  it("settles the job though the dispatcher cannot be told", async () => {
    await submit("job_1");
    reachable = false;
    await jobs.succeed(await claim("job_1"), { images: [], warnings: [], inferenceMs: 1 });
    expect((await jobs.get("job_1"))?.status).toBe("succeeded");
    expect(failures).toEqual(["job_1"]);
  });
});

it("makes one link secret, whoever asks first", async () => {
  const secrets = await Promise.all([ensureLinkSecret(items), ensureLinkSecret(items), ensureLinkSecret(items)]);
  expect(new Set(secrets).size).toBe(1);
  expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
});
