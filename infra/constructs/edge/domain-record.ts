import type * as cloudfront from "aws-cdk-lib/aws-cloudfront";
import * as route53 from "aws-cdk-lib/aws-route53";
import * as targets from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";

export interface DomainRecordProps {
  readonly domainName: string;
  readonly hostedZoneId: string;
  readonly distribution: cloudfront.IDistribution;
}

/** The service's own name in a hosted zone of Route 53, as an alias of the distribution: for IPv4, IPv6 and HTTP/3. */
export class DomainRecord extends Construct {
  constructor(scope: Construct, id: string, { domainName, hostedZoneId, distribution }: DomainRecordProps) {
    super(scope, id);
    // Records are named in full, so that the zone's own name need not be known.
    const zone = route53.HostedZone.fromHostedZoneAttributes(this, "Zone", { hostedZoneId, zoneName: domainName });
    const target = route53.RecordTarget.fromAlias(new targets.CloudFrontTarget(distribution));
    new route53.ARecord(this, "Ipv4", { zone, target });
    new route53.AaaaRecord(this, "Ipv6", { zone, target });
    new route53.HttpsRecord(this, "Https", { zone, target });
  }
}
