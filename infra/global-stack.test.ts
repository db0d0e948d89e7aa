import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { expect, it } from "vitest";
import { readConfig } from "./config/read-config.ts";
import { GlobalStack, globalRegion, needsGlobalStack } from "./global-stack.ts";

const domain = { domainName: "images.example.com", hostedZoneId: "Z0123456789" };

function outputsOf(context: { readonly [key: string]: unknown }) {
  const config = readConfig(context);
  const env = { account: "123456789012", region: globalRegion };
  const stack = new GlobalStack(new App(), "ZImage-test-global", { config, env });
  return { needed: needsGlobalStack(config), outputs: Object.keys(Template.fromStack(stack).findOutputs("*")).sort() };
}

it.each([
  [{}, false, []],
  [{ waf: true }, true, ["WebAclArn"]],
  [domain, true, ["CertificateArn"]],
  [{ ...domain, waf: true }, true, ["CertificateArn", "WebAclArn"]],
])("makes what %j asks for", (context, needed, outputs) => {
  expect(outputsOf(context)).toEqual({ needed, outputs });
});
