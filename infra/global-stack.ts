import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as route53 from "aws-cdk-lib/aws-route53";
import type { Construct } from "constructs";
import { belongToAccount } from "./belong-to-account.ts";
import type { StackConfig } from "./config/settings.ts";
import { WebFirewall } from "./constructs/edge/web-firewall.ts";

export interface GlobalStackProps extends StackProps {
  readonly config: StackConfig;
}

/** Where CloudFront looks for certificates and web ACLs, wherever the pipeline is. */
export const globalRegion = "us-east-1";

/** Whether a deployment needs a `GlobalStack`. */
export const needsGlobalStack = ({ waf, hostedZoneId }: StackConfig): boolean => waf || hostedZoneId !== "";

/**
 * What the distribution takes from us-east-1: the firewall and the certificate. A stack of its own, deployed first;
 * `npm run deploy` passes its outputs on as settings, so that the pipeline's stack needs no custom resource to read
 * from another region.
 */
export class GlobalStack extends Stack {
  constructor(scope: Construct, id: string, { config, ...props }: GlobalStackProps) {
    super(scope, id, props);
    const { domainName, hostedZoneId, logRetentionDays: logRetention } = config;
    if (config.waf) {
      const firewall = new WebFirewall(this, "Firewall", {
        requestsPer5Minutes: config.wafRequestsPer5Minutes,
        logRetention,
      });
      new CfnOutput(this, "WebAclArn", { value: firewall.webAclArn, description: "setting webAclArn of the pipeline" });
    }
    if (hostedZoneId !== "") {
      const zone = route53.HostedZone.fromHostedZoneAttributes(this, "Zone", { hostedZoneId, zoneName: domainName });
      const certificate = new acm.Certificate(this, "Certificate", {
        domainName,
        validation: acm.CertificateValidation.fromDns(zone),
      });
      new CfnOutput(this, "CertificateArn", {
        value: certificate.certificateArn,
        description: "setting certificateArn of the pipeline",
      });
    }
    belongToAccount(this, config);
  }
}
