import { App } from "aws-cdk-lib";
import { expect, it } from "vitest";
import { acknowledgeFindings } from "./acknowledged-findings.ts";
import { readConfig } from "./config/read-config.ts";
import { ImagePipelineStack } from "./image-pipeline-stack.ts";

const stackOf = (compute: "mi" | "asg") =>
  new ImagePipelineStack(new App(), "S", { config: readConfig({ compute, workerImage: "z-image-worker:v1" }) });

it.each(["mi", "asg"] as const)("names only constructs that are there, on %s", (compute) => {
  acknowledgeFindings(stackOf(compute), { compute, certificateArn: "", apiRollout: "canary", traces: "", spot: true });
});

it("fails for a construct that is gone", () => {
  const other = { compute: "asg", certificateArn: "", apiRollout: "canary", traces: "", spot: true } as const;
  expect(() => acknowledgeFindings(stackOf("mi"), other)).toThrow(/No child with id: .*SpotInstanceRole/);
});
