import { describe, expect, it } from "vitest";
import { readConfig } from "./read-config.ts";

describe("readConfig", () => {
  it("has defaults for everything", () => {
    expect(readConfig({})).toMatchObject({ environment: "dev", compute: "mi", minWorkers: 0, retainData: true });
  });

  it("reads the command line's text, over the environment's values, over the defaults", () => {
    const environments = { prod: { maxWorkers: 20, minWorkers: 2 } };
    const config = readConfig({
      environments,
      environment: "prod",
      minWorkers: "1",
      spot: "false",
      instanceTypes: "g6.xlarge, g5.*",
    });
    expect(config).toMatchObject({ maxWorkers: 20, minWorkers: 1, spot: false, instanceTypes: ["g6.xlarge", "g5.*"] });
  });

  it("passes over what the CDK keeps in the context", () => {
    expect(() => readConfig({ "@aws-cdk/core:flag": true, "aws:cdk:bundling-stacks": ["**"] })).not.toThrow();
  });

  it.each([
    [{ compute: "eks" }, /context compute="eks"/],
    [{ maxWorkers: "many" }, /context maxWorkers="many"/],
    [{ maxWorker: "3" }, /context maxWorker is no setting/],
    [{ minWorkers: 5 }, /minWorkers \(5\) must not exceed maxWorkers \(4\)/],
    [{ domainName: "images.example.com" }, /domainName needs certificateArn, or hostedZoneId/],
    [{ hostedZoneId: "Z0123456789ABC" }, /belong to domainName/],
    [{ vpcId: "vpc-0123456789abcdef0" }, /vpcId and subnetIds belong together/],
    [{ network: "private", vpcId: "vpc-01234567", subnetIds: "subnet-01234567" }, /give one of them/],
    [{ tags: "aws:team=vision" }, /KEY=VALUE pairs/],
    [{ workerImage: "docker.io/team/z-image:v1" }, /expected NAME:TAG/],
    [{ monthlyBudgetUsd: 100 }, /needs alarmEmail/],
    [{ certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/x" }, /something like arn:aws:acm:us-east-1/],
    [{ logRetentionDays: 31 }, /logRetentionDays/],
    [{ instanceTypes: "" }, /at least one type/],
    [{ prices: "no-such-prices.json" }, /expected a JSON file of prices: ENOENT/],
    [{ moderationKeySecret: "z-image/moderation" }, /moderationKeySecret needs moderation/],
    [{ moderation: '{"blocklist":[]}' }, /moderation: the rules Unrecognized key.*blocklist/],
    [
      { moderation: '{"text":{"url":"moderation.example"}}' },
      /moderation: text\.url Invalid URL, got "moderation.example"/,
    ],
    [{ moderation: '{"text":{"url":"https://u:p@m.example"}}' }, /text\.url holds credentials.*moderationKeySecret/],
    [
      { moderation: '{"classifier":"nsfw.json"}' },
      /classifier must be an absolute path.*got "nsfw.json".*\/weights\/model/,
    ],
    [
      { network: "private", moderation: '{"image":{"url":"https://m.example/v1"}}' },
      /image\.url is https:\/\/m.example\/v1, which workers do not reach with network=private; give vpcId/,
    ],
    [{ moderationKeySecret: "arn:aws:secretsmanager:eu-central-1:1:secret:x" }, /moderationKeySecret.*whole ARN/],
    [{ labelling: "cn" }, /labelling=cn needs aigcProducer/],
    [{ labelling: "eu" }, /context labelling="eu"/],
    [{ visibleMark: "middle" }, /context visibleMark="middle".*bottom-right/],
    [{ watermark: "watermark.json" }, /context watermark="watermark.json": expected something like \/weights\/model/],
    [{ watermark: "/weights/../etc/passwd" }, /context watermark/],
    [{ watermarkName: "eu" }, /watermarkName needs watermark/],
    [{ signing: "alias/x" }, /context signing="alias\/x": expected create, off, or the ARN of a key/],
    [{ recordYears: 31 }, /context recordYears=31/],
    [{ traces: "xray", tracesHeadersSecret: "z-image/collector" }, /tracesHeadersSecret needs traces=https/],
    [{ corsOrigins: `https://${"a".repeat(3_000)}` }, /corsOrigins.* have 3\d+ characters; .* at most 2000/],
    [{ tags: Array.from({ length: 41 }, (_, n) => `t${n}=1`).join(",") }, /at most 40 tags, got 41/],
    [{ environment: "Prod!" }, /context environment="Prod!"/],
  ])("refuses %j and says why", (context, message) => {
    expect(() => readConfig(context)).toThrow(message);
  });
});
