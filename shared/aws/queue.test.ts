import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { StaleReceipt } from "../ports/queue.ts";
import { openSqsQueue } from "./queue.ts";

const urls = { queueUrl: "https://sqs.test/1/jobs", deadLetterQueueUrl: "https://sqs.test/1/dead" };

describe("openSqsQueue", () => {
  // As SQS itself says it: the first two are documented, the third is what it answers for a deleted message.
  it.each([
    ["ReceiptHandleIsInvalid", "The input receipt handle is invalid."],
    ["MessageNotInflight", "not in flight"],
    ["InvalidParameterValue", "Value x for parameter ReceiptHandle is invalid. Reason: Message does not exist"],
  ])("takes %s for a stale receipt", async (code, message) => {
    const refusal = { status: 400, body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }) };
    const { clients } = await scriptedAws([refusal, refusal]);
    const queue = openSqsQueue({ client: clients.sqs, ...urls });
    await expect(queue.extend("receipt", 1000)).rejects.toThrow(StaleReceipt);
    await queue.delete("receipt");
  });

  it("passes other errors on", async () => {
    const refusal = {
      status: 400,
      body: JSON.stringify({ __type: "InvalidParameterValue", message: "VisibilityTimeout" }),
    };
    const { clients } = await scriptedAws([refusal]);
    const extended = openSqsQueue({ client: clients.sqs, ...urls }).extend("receipt", 1000);
    await expect(extended).rejects.toThrow("VisibilityTimeout");
  });

  it("sends the group that a fair queue tells senders apart by, and none where there is none", async () => {
    const accepted = { body: JSON.stringify({ MD5OfMessageBody: createHash("md5").update("a").digest("hex") }) };
    const { clients, seen } = await scriptedAws([accepted, accepted]);
    const queue = openSqsQueue({ client: clients.sqs, ...urls });
    await queue.send("a", { group: "acc_1" });
    await queue.send("a");
    expect(seen.map(({ body }) => JSON.parse(body).MessageGroupId)).toEqual(["acc_1", undefined]);
  });

  it("rounds times up to whole seconds", async () => {
    const { clients, seen } = await scriptedAws([{ body: "{}" }]);
    const queue = openSqsQueue({ client: clients.sqs, ...urls });
    expect(await queue.receive({ visibilityMs: 1, waitMs: 1001 })).toEqual([]);
    expect(JSON.parse(seen[0]!.body)).toMatchObject({ VisibilityTimeout: 1, WaitTimeSeconds: 2 });
  });
});
