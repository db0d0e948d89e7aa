import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openS3Objects } from "../../shared/aws/objects.ts";
import { openSqsQueue } from "../../shared/aws/queue.ts";
import { type Emulator, findMoto, startMoto } from "../support/aws/aws-emulators.ts";
import { createBucket, createQueues } from "../support/aws/aws-resources.ts";
import { objectsConformance } from "./objects.conformance.ts";
import { queueConformance } from "./queue.conformance.ts";
import { retentionConformance } from "./retention.conformance.ts";

// Where there is no moto_server the run has said so in its first line, or has ended there.
describe.runIf(findMoto())("on moto_server", () => {
  let emulator: Emulator;
  let queues = 0;
  beforeAll(async () => {
    emulator = await startMoto();
    await createBucket(emulator.clients.s3, "objects");
  }, 120_000);
  afterAll(() => emulator?.stop());

  queueConformance("SQS", {
    open: async (maxReceiveCount) => {
      const client = emulator.clients.sqs;
      return openSqsQueue({ client, ...(await createQueues(client, `queue-${queues++}`, maxReceiveCount)) });
    },
    // A little more: the emulator's clock and ours are read at different moments.
    elapse: (ms) => sleep(ms + 300),
    concurrent: true,
  });

  objectsConformance("S3", async () => openS3Objects({ client: emulator.clients.s3, bucket: "objects" }));
  // A deployment's lifecycle rules do the same; that they are there is a guarantee of the stack.
  retentionConformance("S3", async () => {
    await createBucket(emulator.clients.s3, "kept");
    return openS3Objects({ client: emulator.clients.s3, bucket: "kept" });
  });

  it("signs links that need no header", async () => {
    const objects = openS3Objects({ client: emulator.clients.s3, bucket: "objects" });
    await objects.put("linked/a.png", Buffer.from("image"), { contentType: "image/png" });
    const url = await objects.presign("linked/a.png", { expiresInS: 60, contentType: "image/webp" });
    // The emulator honours neither of the two: that the link names them is what can be seen here.
    const { searchParams } = new URL(url!);
    expect(searchParams.get("X-Amz-Expires")).toBe("60");
    expect(searchParams.get("response-content-type")).toBe("image/webp");
    expect(await (await fetch(url!)).text()).toBe("image");
  });

  it("signs links that take an object, of one size and type", async () => {
    const objects = openS3Objects({ client: emulator.clients.s3, bucket: "objects" });
    const options = { expiresInS: 60, contentType: "application/octet-stream", bytes: 5 };
    const url = (await objects.presignPut("linked/part", options))!;
    expect(new URL(url).searchParams.get("X-Amz-SignedHeaders")).toBe("content-length;content-type;host");
    const headers = { "content-type": options.contentType };
    expect((await fetch(url, { method: "PUT", headers, body: "image" })).ok).toBe(true);
    expect(await objects.head("linked/part")).toMatchObject({ bytes: 5 });
  });
});
