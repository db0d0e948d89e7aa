import { atLeast, ofType, property } from "../guarantees/guarantee.ts";
import { each } from "../guarantees/mutations/mutation.ts";
import { type Variant, workerImage } from "./variant.ts";

const domainName = "images.example.com";
const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-0000-4000-8000-0f0f0f0f0f0f";
const webAclArn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/Acl/0f0f0f0f-0000-4000-8000-0f0f0f0f0f0f";

/** Rules of AWS that look into bodies and refuse what reads like SQL, a script or a large upload. */
const rulesAgainstProse = ["CommonRuleSet", "SQLiRuleSet", "AnonymousIpList"];

/** A name of the service's own, and a firewall before it. */
export const edgeVariants: readonly Variant[] = [
  {
    name: "firewall and certificate",
    context: { waf: "true", domainName, hostedZoneId: "Z0123456789ABC", workerImage },
    stack: "ZImage-test-Global",
    guarantees: [
      {
        name: "the firewall refuses known attackers and floods, no prose, and logs no key",
        broken(resources) {
          const acls = ofType(resources, "AWS::WAFv2::WebACL");
          return [
            ...acls.flatMap(({ id, Properties }) => {
              const rules = JSON.stringify(Properties.Rules);
              return [
                ...[
                  "AWSManagedRulesAmazonIpReputationList",
                  "AWSManagedRulesKnownBadInputsRuleSet",
                  "RateBasedStatement",
                ]
                  .filter((name) => !rules.includes(name))
                  .map((name) => `${id} has no ${name}`),
                ...rulesAgainstProse
                  .filter((name) => rules.includes(name))
                  .map((name) => `${id} refuses prompts: ${name}`),
                ...(rules.includes('"ResponseCode":429') ? [] : [`${id} does not say 429`]),
                ...(rules.includes('"SampledRequestsEnabled":true') ? [`${id} samples keys`] : []),
                ...(Properties.Scope === "CLOUDFRONT" ? [] : [`${id} is for no distribution`]),
              ];
            }),
            ...ofType(resources, "AWS::WAFv2::LoggingConfiguration")
              .filter(({ Properties }) => !JSON.stringify(Properties.RedactedFields ?? "").includes("authorization"))
              .map(({ id }) => `${id} logs keys`),
            ...ofType(resources, "AWS::WAFv2::LoggingConfiguration")
              .filter(({ Properties }) => /Arn"|:\*/.test(JSON.stringify(Properties.LogDestinationConfigs)))
              .map(({ id }) => `${id} names its log group by an ARN that ends with ":*"`),
            ...ofType(resources, "AWS::Logs::LogGroup")
              .filter(({ Properties }) => !String(Properties.LogGroupName).startsWith("aws-waf-logs-"))
              .map(({ id }) => `${id} takes no logs of WAF`),
            ...atLeast(acls, 1, "AWS::WAFv2::WebACL"),
          ];
        },
      },
      {
        name: "the certificate is validated in the zone that was named",
        broken(resources) {
          const certificates = ofType(resources, "AWS::CertificateManager::Certificate");
          return [
            ...certificates
              .filter(
                ({ Properties }) =>
                  Properties.ValidationMethod !== "DNS" ||
                  property(Properties, "DomainValidationOptions", 0, "HostedZoneId") !== "Z0123456789ABC",
              )
              .map(({ id }) => `${id} waits for somebody`),
            ...atLeast(certificates, 1, "certificate"),
          ];
        },
      },
    ],
    mutations: [
      [
        "prompts that read like SQL are refused",
        /refuses prompts: SQLiRuleSet/,
        (t) =>
          each(t, "AWS::WAFv2::WebACL", /./, ({ Properties }) => {
            Properties.Rules[0].Statement.ManagedRuleGroupStatement.Name = "AWSManagedRulesSQLiRuleSet";
          }),
      ],
      [
        "one address may ask without limit",
        /no RateBasedStatement/,
        (t) =>
          each(t, "AWS::WAFv2::WebACL", /./, ({ Properties }) => {
            Properties.Rules.pop();
          }),
      ],
      [
        "keys are logged",
        /logs keys/,
        (t) =>
          each(t, "AWS::WAFv2::LoggingConfiguration", /./, ({ Properties }) => {
            delete Properties.RedactedFields;
          }),
      ],
      [
        "a certificate waits for an email to be answered",
        /waits for somebody/,
        (t) =>
          each(t, "AWS::CertificateManager::Certificate", /./, ({ Properties }) => {
            Properties.ValidationMethod = "EMAIL";
          }),
      ],
    ],
  },
  {
    name: "domain and firewall in place",
    context: { waf: "true", webAclArn, domainName, certificateArn, hostedZoneId: "Z0123456789ABC", workerImage },
    guarantees: [
      {
        name: "the domain leads to the distribution, which has its certificate and the firewall",
        broken(resources) {
          const records = ofType(resources, "AWS::Route53::RecordSet");
          const distributions = ofType(resources, "AWS::CloudFront::Distribution");
          const has = (type: string) =>
            records.some(
              ({ Properties }) =>
                Properties.Type === type &&
                Properties.Name === `${domainName}.` &&
                Properties.AliasTarget !== undefined,
            );
          return [
            ...["A", "AAAA", "HTTPS"].filter((type) => !has(type)).map((type) => `${domainName} has no ${type} record`),
            ...distributions.flatMap(({ id, Properties: { DistributionConfig: config } }) => [
              ...(property(config, "Aliases", 0) === domainName ? [] : [`${id} does not know ${domainName}`]),
              ...(property(config, "ViewerCertificate", "AcmCertificateArn") === certificateArn
                ? []
                : [`${id} has another certificate`]),
              ...(property(config, "WebACLId") === webAclArn ? [] : [`${id} has no firewall`]),
            ]),
          ];
        },
      },
    ],
    mutations: [
      [
        "the domain has no address for IPv6",
        /no AAAA record/,
        (t) => {
          for (const [id, { Properties }] of Object.entries(t.Resources)) {
            if (Properties?.Type === "AAAA") delete t.Resources[id];
          }
        },
      ],
      [
        "the firewall is left out",
        /no firewall/,
        (t) =>
          each(t, "AWS::CloudFront::Distribution", /./, ({ Properties }) => {
            delete Properties.DistributionConfig.WebACLId;
          }),
      ],
    ],
  },
];
