import { expect, it } from "vitest";
import { readStateConfig } from "./state-config.ts";

const aws = {
  STATE: "aws",
  TABLE_NAME: "t",
  QUEUE_URL: "q",
  DEAD_LETTER_QUEUE_URL: "d",
  BUCKET_NAME: "b",
  AWS_REGION: "us-east-1",
};

it("is a folder unless something else is asked for", () => {
  expect(readStateConfig({})).toEqual({ kind: "embedded", dataDir: "./data" });
  expect(readStateConfig({ STATE: "embedded", DATA_DIR: "/d" })).toEqual({ kind: "embedded", dataDir: "/d" });
});

it("reads AWS, with the queues that may be left out", () => {
  expect(readStateConfig(aws)).toMatchObject({ kind: "aws", tableName: "t", region: "us-east-1" });
  expect(readStateConfig({ ...aws, BATCH_QUEUE_URL: "", NOTIFY_QUEUE_URL: "n" })).toMatchObject({
    batchQueueUrl: undefined,
    notifyQueueUrl: "n",
  });
});

it.each([
  "TABLE_NAME",
  "QUEUE_URL",
  "DEAD_LETTER_QUEUE_URL",
  "BUCKET_NAME",
  "AWS_REGION",
])("names %s when it is missing", (name) => {
  expect(() => readStateConfig({ ...aws, [name]: "" })).toThrow(`${name} is not set; it is needed with STATE=aws`);
});

it("refuses another kind by name", () => {
  expect(() => readStateConfig({ STATE: "azure" })).toThrow('STATE must be embedded or aws, got "azure"');
});
