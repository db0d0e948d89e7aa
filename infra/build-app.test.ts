import { App, Stack, Stage } from "aws-cdk-lib";
import { expect, it } from "vitest";
import { buildApp } from "./build-app.ts";

const env = { account: "123456789012", region: "eu-west-1" };

function built(context: { readonly [key: string]: unknown }) {
  const app = new App({ context });
  buildApp(app, env);
  return app.node.children;
}

it("has the stack of the environment that is named, in the region of the credentials", () => {
  const stacks = built({ environment: "trial" }).filter((child) => Stack.isStack(child));
  expect(stacks.map(({ stackName, region }) => [stackName, region])).toEqual([["ZImage-trial", "eu-west-1"]]);
});

it("has a stage for each of several environments", () => {
  const stages = built({ stages: "staging,prod" }).filter((child) => Stage.isStage(child));
  expect(stages.map(({ node }) => node.id)).toEqual(["staging", "prod"]);
});
