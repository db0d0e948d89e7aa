import { expect, it } from "vitest";
import { calledServices, gatewayServices } from "./called-services.ts";

const names = (traces: string, tracesHeadersSecret: string) =>
  calledServices({ traces, tracesHeadersSecret }).map(({ name }) => name);
const always = names("", "");

it.each([
  ["xray", "", ["xray"]],
  ["https://collector.example/v1/traces", "", []],
  ["https://collector.example/v1/traces", "z-image/collector", ["secretsmanager"]],
])("with traces to %j and the secret %j, workers call %j as well", (traces, secret, more) => {
  expect(names(traces, secret)).toEqual([...always, ...more]);
});

it("gives each service one endpoint, and none that costs by the hour to those that a route leads to", () => {
  const services = calledServices({ traces: "xray", tracesHeadersSecret: "z-image/collector" });
  for (const key of ["id", "name"] as const) {
    expect(new Set(services.map((service) => service[key])).size).toBe(services.length);
  }
  expect(services.filter(({ name }) => (gatewayServices as readonly string[]).includes(name))).toEqual([]);
  expect(always).toContain("sqs");
});
