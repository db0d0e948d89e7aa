import { describe, expect, it } from "vitest";
import { readConfig } from "../config/read-config.ts";
import { settingsOfOutputs } from "./deploy-global-stack.ts";

const webAclArn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/Acl/1";
const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
const domain = { domainName: "images.example.com", hostedZoneId: "Z0123456789ABC" };

describe("settings of what us-east-1 holds", () => {
  it("name the firewall and the certificate that were made", () => {
    const config = readConfig({ ...domain, waf: true });
    expect(settingsOfOutputs({ WebAclArn: webAclArn, CertificateArn: certificateArn }, config, undefined)).toEqual([
      `webAclArn=${webAclArn}`,
      `certificateArn=${certificateArn}`,
    ]);
  });

  it("leave a certificate that was given in its place", () => {
    const config = readConfig({ ...domain, certificateArn });
    expect(settingsOfOutputs({ CertificateArn: `${certificateArn}2` }, config, undefined)).toEqual([]);
  });

  it("take the firewall out when it is wanted no longer, and only one that was made", () => {
    const remembered = { waf: "true", webAclArn };
    const config = readConfig({ ...domain, waf: false, webAclArn });
    expect(settingsOfOutputs({}, config, remembered)).toEqual(["webAclArn="]);
    expect(settingsOfOutputs({}, config, { webAclArn })).toEqual([]);
  });
});
