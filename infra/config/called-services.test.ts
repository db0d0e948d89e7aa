import { expect, it } from "vitest";
import { calledServices, gatewayServices } from "./called-services.ts";

const nothing = { traces: "", tracesHeadersSecret: "", moderationKeySecret: "", signing: "off" };
const names = (settings: Partial<typeof nothing>) =>
  calledServices({ ...nothing, ...settings }).map(({ name }) => name);
const always = names({});

it.each([
  [{ traces: "xray" }, ["xray"]],
  [{ traces: "https://collector.example/v1/traces" }, []],
  [{ traces: "https://collector.example/v1/traces", tracesHeadersSecret: "z-image/collector" }, ["secretsmanager"]],
  [{ moderationKeySecret: "z-image/moderation" }, ["secretsmanager"]],
  [{ signing: "create" }, ["kms"]],
])("with %j, workers call %j as well", (settings, more) => {
  expect(names(settings)).toEqual([...always, ...more]);
});

it("gives each service one endpoint, and none that costs by the hour to those that a route leads to", () => {
  const services = calledServices({
    traces: "xray",
    tracesHeadersSecret: "z-image/collector",
    moderationKeySecret: "z-image/moderation",
    signing: "create",
  });
  for (const key of ["id", "name"] as const) {
    expect(new Set(services.map((service) => service[key])).size).toBe(services.length);
  }
  expect(services.filter(({ name }) => (gatewayServices as readonly string[]).includes(name))).toEqual([]);
  expect(always).toContain("sqs");
});
