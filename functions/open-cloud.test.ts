import { expect, it } from "vitest";
import { openCloud } from "./open-cloud.ts";

const env = {
  STATE: "aws",
  TABLE_NAME: "t",
  QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/1/q",
  DEAD_LETTER_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/1/d",
  NOTIFY_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/1/n",
  RUN_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/1/r",
  BUCKET_NAME: "b",
  AWS_REGION: "us-east-1",
  MODEL_ID: "z-image-turbo",
  MODEL_FAMILY: "turbo",
  MODEL_SIDE: "1024",
};

it("opens what every function stands on", async () => {
  const cloud = openCloud(env);
  expect(cloud).toMatchObject({ config: { tableName: "t" }, models: [{ id: "z-image-turbo" }] });
  expect(cloud.newId()).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  await Promise.all([cloud.items.close(), cloud.queue.close(), cloud.objects.close()]);
});

it.each([
  ["STATE", "embedded", 'a function needs STATE=aws, got "embedded"'],
  ["NOTIFY_QUEUE_URL", "", "NOTIFY_QUEUE_URL is not set"],
  ["TABLE_NAME", "", "TABLE_NAME is not set"],
  ["MODEL_FAMILY", "other", "MODEL_FAMILY"],
])("names %s when it is %j", (name, value, message) => {
  expect(() => openCloud({ ...env, [name]: value })).toThrow(message);
});
