import { describe, expect, it } from "vitest";
import { type AccountFacts, diagnose, type Wanted } from "./doctor-checks.ts";

const wanted: Wanted = {
  spot: true,
  maxWorkers: 4,
  workerImage: "z-image-worker:v1",
  weightsPrefix: "z-image-turbo",
  instanceTypes: ["g6.*"],
  zones: 3,
  vpcId: "",
  subnetIds: [],
  traces: "",
  tracesHeadersSecret: "",
  moderationKeySecret: "",
  signing: "off",
};
const healthy: AccountFacts = {
  account: "123456789012",
  region: "eu-central-1",
  spotGpuVcpus: 16,
  onDemandGpuVcpus: 16,
  offeredTypes: ["g6.xlarge"],
  bootstrapped: true,
  zones: 3,
  gatewayLogRole: "arn:aws:iam::123456789012:role/logs",
  missingLinkedRoles: [],
  lambdaConcurrency: 1_000,
  deniedActions: [],
  imageFound: true,
  weightsFound: true,
};

const complaints = (facts: Partial<AccountFacts>, more: Partial<Wanted> = {}) =>
  diagnose({ ...healthy, ...facts }, { ...wanted, ...more })
    .filter(({ level }) => level !== "ok")
    .map(({ level, text }) => `${level}: ${text}`);

describe("diagnose", () => {
  it("has nothing to say of a ready account", () => {
    expect(complaints({})).toEqual([]);
  });

  it.each([
    [
      "a spot quota of 0, on which deployments hang",
      { spotGpuVcpus: 0 },
      {},
      /^problem: spot quota: 0 vCPUs.*ask for 16 vCPUs/,
    ],
    ["a quota for fewer workers", { onDemandGpuVcpus: 8 }, {}, /^warning: on-demand quota: 8 vCPUs, enough for 2 of 4/],
    ["a region without such machines", { offeredTypes: [] }, {}, /^problem: eu-central-1 offers none of g6\.\*/],
    [
      "subnets that are not there, in place of zones",
      { zones: 1, network: { subnets: [], endpoints: [], hasDns: true } },
      { vpcId: "vpc-1", subnetIds: ["subnet-a"] },
      /^problem: vpc-1 has no subnet subnet-a$/,
    ],
    ["a region without CloudFront's logs", { region: "eu-south-1" }, {}, /^warning: CloudFront delivers access logs/],
    [
      "missing permissions",
      { deniedActions: ["iam:CreateRole"] },
      {},
      /^problem: the credentials may not: iam:CreateRole/,
    ],
    ["an image that was not pushed", { imageFound: false }, {}, /^problem: there is no image z-image-worker:v1/],
    ["a region with fewer zones", { zones: 2 }, {}, /^problem: eu-central-1 has 2 availability zones.*-c zones=2/],
    ["an API Gateway that cannot write logs", { gatewayLogRole: undefined }, {}, /^warning: API Gateway has no role/],
    [
      "a service that was never used",
      { missingLinkedRoles: ["spot.amazonaws.com"] },
      {},
      /^warning: .*create-service-linked-role --aws-service-name spot\.amazonaws\.com$/,
    ],
    [
      "a new account's ten invocations",
      { lambdaConcurrency: 10 },
      {},
      /^warning: Lambda may run 10 invocations.*request-service-quota-increase.*L-B99A9384/,
    ],
    ["no image at all", {}, { workerImage: "" }, /^warning: no workerImage/],
    ["weights that are not there", { weightsFound: false }, {}, /^warning: the weights are not uploaded/],
  ])("names %s and the cure", (_what, facts, more, message) => {
    const found = complaints(facts, more);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it("asks for no spot quota where spot is off", () => {
    expect(complaints({ spotGpuVcpus: 0 }, { spot: false })).toEqual([]);
  });

  it("stops at missing credentials", () => {
    const { account: _account, ...anonymous } = healthy;
    expect(diagnose(anonymous, wanted)).toEqual([
      { level: "problem", text: expect.stringContaining("no credentials") },
    ]);
  });
});
