import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { afterAll, describe, expect, it } from "vitest";
import { buildApp } from "./build-app.ts";

const folder = mkdtempSync(join(tmpdir(), "stages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environments = {
  staging: { account: "123456789012", region: "eu-central-1" },
  prod: { account: "210987654321", region: "ap-southeast-2", waf: true },
};

describe("PipelineStage", () => {
  it("puts each deployment into its own account and region, under the names that npm run deploy uses", () => {
    const app = new App({ outdir: folder, context: { stages: "staging,prod", environments } });
    buildApp(app);
    const stacks = app
      .synth()
      .stacksRecursively.map(({ stackName, environment, dependencies }) => [
        stackName,
        `${environment.account}/${environment.region}`,
        dependencies.filter(({ id }) => id.includes("Global") && !id.endsWith(".assets")).length,
      ]);
    expect(stacks.sort()).toEqual([
      // The firewall is in us-east-1, and there before the distribution that names it.
      ["ZImage-prod", "210987654321/ap-southeast-2", 1],
      ["ZImage-prod-Global", "210987654321/us-east-1", 0],
      ["ZImage-staging", "123456789012/eu-central-1", 0],
    ]);
  });
});
