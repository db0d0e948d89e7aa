import { expect, it } from "vitest";
import { commandConfig } from "./command-config.ts";

it("takes the command line over what the deployment remembers", () => {
  const remembered = { maxWorkers: "7", minWorkers: "1" };
  const config = commandConfig({ environment: "demo", context: ["minWorkers=2", "modelId=a=b"], remembered });
  expect(config).toMatchObject({ environment: "demo", maxWorkers: 7, minWorkers: 2, modelId: "a=b" });
});

it("takes what cdk.json says of an environment over what the deployment remembers", () => {
  const { maxWorkers } = commandConfig({ environment: "prod", context: [] });
  expect(commandConfig({ environment: "prod", context: [], remembered: { maxWorkers: "7" } }).maxWorkers).toBe(
    maxWorkers,
  );
});

it("has the environment dev unless one is named", () => {
  expect(commandConfig({ context: [] }).environment).toBe("dev");
});
