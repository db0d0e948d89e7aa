import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deployHelp } from "../deploy-options.ts";
import { synthesize } from "../synthesize.ts";
import { describeIdleCost, idleCost } from "./idle-cost.ts";

const workerImage = "z-image-worker:v1";
const resource = (Type: string, Properties: { [name: string]: unknown } = {}) => ({ Type, Properties });

describe("idleCost", () => {
  it("counts what is paid by the hour and the month", () => {
    const Resources = {
      Secret: resource("AWS::SecretsManager::Secret"),
      Endpoint: resource("AWS::EC2::VPCEndpoint", { VpcEndpointType: "Interface", SubnetIds: ["a", "b", "c"] }),
      Gateway: resource("AWS::EC2::VPCEndpoint", { VpcEndpointType: "Gateway" }),
      Acl: resource("AWS::WAFv2::WebACL", { Rules: [{}, {}, {}] }),
    };
    expect(idleCost([{ Resources }]).items).toEqual([
      // 3 zones × 730 hours × 0.01
      { what: "interface endpoints", usd: expect.closeTo(21.9) },
      // 5, and 3 rules at 1
      { what: "firewall", usd: 8 },
      { what: "secrets", usd: 0.4 },
    ]);
  });

  it.each([
    ["docs/deploy.md", "default settings", {}],
    ["docs/deploy.zh.md", "默认设置", {}],
    ["docs/deploy.md", "`network=private`", { network: "private" }],
    ["docs/deploy.zh.md", "`network=private`", { network: "private" }],
    ["docs/deploy.md", "`kmsKey=create`", { kmsKey: "create" }],
    ["docs/deploy.zh.md", "`kmsKey=create`", { kmsKey: "create" }],
  ])("is what %s says of %s", (page, name, context) => {
    const text = readFileSync(join(import.meta.dirname, "../..", page), "utf8");
    const { usd } = idleCost([synthesize({ workerImage, ...context })]);
    expect(text).toContain(`| ${name} | ${usd.toFixed(0)} |`);
  });

  it("is what the help and the introduction say", () => {
    const { usd } = idleCost([synthesize({ workerImage })]);
    expect(deployHelp()).toContain(`costs ${usd.toFixed(0)} dollars a month while nothing is drawn`);
    const text = readFileSync(join(import.meta.dirname, "../../docs/deploy.md"), "utf8");
    expect(text).toContain(`[${usd.toFixed(0)} dollars a month](#cost)`);
  });

  it("says each part in a line", () => {
    const line = describeIdleCost(idleCost([synthesize({ workerImage })]));
    expect(line).toMatch(/^While nothing is drawn: about \d+\.\d\d USD a month \(.*alarms \d/);
  });
});
