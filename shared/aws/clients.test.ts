import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { DeleteMessageCommand, GetQueueUrlCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAwsClients } from "./clients.ts";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

describe("createAwsClients", () => {
  const seen: { path: string; authorization: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ path: request.url ?? "", authorization: request.headers.authorization ?? "", body });
    response.end("{}");
  });
  let endpoint: string;

  beforeEach(async () => {
    seen.length = 0;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("sends SQS calls to the endpoint, not to the host in the queue's URL", async () => {
    const clients = createAwsClients({ region: "eu-west-3", endpoint, credentials });
    const QueueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs";
    await clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: "x" }));
    clients.close();
    expect(JSON.parse(seen[0]!.body)).toMatchObject({ QueueUrl });
    expect(seen[0]!.authorization).toContain("/eu-west-3/sqs/");
  });

  it("puts the bucket into the path when an endpoint is given", async () => {
    const clients = createAwsClients({ region: "us-east-1", endpoint: { s3: endpoint }, credentials });
    await clients.s3.send(new HeadObjectCommand({ Bucket: "images", Key: "a" }));
    clients.close();
    expect(seen[0]!.path).toBe("/images/a");
  });

  it("takes one endpoint for each service", async () => {
    const elsewhere = "http://127.0.0.1:9";
    const clients = createAwsClients({
      region: "us-east-1",
      endpoint: { dynamodb: endpoint, sqs: elsewhere },
      credentials,
    });
    await clients.dynamodb.send(new ListTablesCommand());
    await expect(clients.sqs.send(new GetQueueUrlCommand({ QueueName: "q" }))).rejects.toThrow();
    clients.close();
    expect(seen).toHaveLength(1);
  });

  it("asks AWS itself in the region when no endpoint is given", async () => {
    const { sqs, s3, close } = createAwsClients({ region: "eu-central-1", credentials });
    expect(await sqs.config.region()).toBe("eu-central-1");
    expect(sqs.config.endpoint).toBeUndefined();
    expect(s3.config.forcePathStyle).toBe(false);
    close();
  });

  it("refuses a missing region and a malformed endpoint with a remedy", () => {
    expect(() => createAwsClients({ region: "" })).toThrow(/got ""; set AWS_REGION/);
    expect(() => createAwsClients({ region: "us-east-1", endpoint: "localhost:4566" })).toThrow(/http\(s\) URL/);
  });
});
