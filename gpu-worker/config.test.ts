import { describe, expect, it } from "vitest";
import { recordRetentionS } from "../shared/limits.ts";
import { defaultModeration } from "../shared/moderation/moderation-settings.ts";
import { readWorkerConfig } from "./config.ts";

describe("readWorkerConfig", () => {
  it("needs the model alone; the rest has defaults", () => {
    expect(readWorkerConfig({ MODEL_DIR: "/models/turbo" })).toEqual({
      state: { kind: "embedded", dataDir: "./data" },
      modelDir: "/models/turbo",
      random: false,
      backend: {},
      moderation: defaultModeration,
      leaseMs: 120_000,
      graceMs: 100_000,
      previews: true,
      thumbnails: true,
      contentCredentials: "data/content-credentials",
      recordsS: recordRetentionS,
    });
  });

  it("signs nothing on AWS and where signing is off, and otherwise with the key of the folder that is named", () => {
    const folderOf = (env: { [name: string]: string }) =>
      readWorkerConfig({ MODEL_DIR: "m", ...env }).contentCredentials;
    const aws = { STATE: "aws", TABLE_NAME: "t", QUEUE_URL: "q", DEAD_LETTER_QUEUE_URL: "d", BUCKET_NAME: "b" };
    expect([
      folderOf({ CONTENT_CREDENTIALS: "off" }),
      folderOf({ ...aws, AWS_REGION: "eu-west-1" }),
      folderOf({ CONTENT_CREDENTIALS: "/keys" }),
    ]).toEqual([undefined, undefined, "/keys"]);
  });

  it("needs the provider's code where the label must name it", () => {
    const producerOf = (env: { [name: string]: string }) => readWorkerConfig({ MODEL_DIR: "m", ...env }).aigcProducer;
    expect(() => producerOf({ LABELLING: "cn" })).toThrow("set AIGC_PRODUCER");
    expect(() => producerOf({ LABELLING: "cn", AIGC_PRODUCER: " " })).toThrow("set AIGC_PRODUCER");
    expect(() => producerOf({ LABELLING: "eu" })).toThrow("LABELLING must be one of cn");
    expect(producerOf({ LABELLING: "cn", AIGC_PRODUCER: "001191110000" })).toBe("001191110000");
    expect(producerOf({})).toBeUndefined();
  });

  it("takes every value from the environment", () => {
    const env = {
      MODEL_DIR: "m",
      MODEL_ID: "z-image",
      MODEL_RANDOM: "1",
      THREADS: "2",
      LEASE_MS: "900",
      GRACE_MS: "5",
      ADAPTERS_DIR: "/adapters",
      PREVIEWS: "0",
      THUMBNAILS: "0",
      STATE: "aws",
      TABLE_NAME: "t",
      QUEUE_URL: "q",
      DEAD_LETTER_QUEUE_URL: "d",
      BUCKET_NAME: "b",
      AWS_REGION: "eu-west-1",
    };
    expect(readWorkerConfig(env)).toEqual({
      state: {
        kind: "aws",
        tableName: "t",
        queueUrl: "q",
        deadLetterQueueUrl: "d",
        bucketName: "b",
        region: "eu-west-1",
      },
      modelDir: "m",
      modelId: "z-image",
      random: true,
      threads: 2,
      leaseMs: 900,
      graceMs: 5,
      recordsS: recordRetentionS,
      previews: false,
      thumbnails: false,
      backend: {},
      moderation: defaultModeration,
      adaptersDir: "/adapters",
    });
  });

  it.each([
    [{}, /MODEL_DIR is not set/],
    [{ MODEL_DIR: "m", THREADS: "many" }, /THREADS must be a whole number of at least 1, got "many"/],
    [{ MODEL_DIR: "m", LEASE_MS: "0" }, /LEASE_MS must be/],
    [{ MODEL_DIR: "m", VISIBLE_MARK: "middle" }, /VISIBLE_MARK must be one of bottom-right, .*, got "middle"/],
    [{ MODEL_DIR: "m", STATE: "floppy" }, /STATE must be embedded or aws, got "floppy"/],
    [{ MODEL_DIR: "m", STATE: "aws" }, /TABLE_NAME is not set; it is needed with STATE=aws/],
  ])("refuses %j by the variable's name", (env, message) => {
    expect(() => readWorkerConfig(env)).toThrow(message);
  });
});
