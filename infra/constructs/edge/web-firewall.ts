import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as logs from "aws-cdk-lib/aws-logs";
import * as wafv2 from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

export interface WebFirewallProps {
  /** Requests that one address may make in five minutes. */
  readonly requestsPer5Minutes: number;
  readonly logRetention: logs.RetentionDays;
}

/**
 * AWS WAF before the distribution: addresses of bad reputation, requests that attack known holes, and one address that
 * asks too much. None of its rules looks for SQL or scripts, and none limits the size of a body: prompts are prose
 * about anything, and images come in bodies.
 */
export class WebFirewall extends Construct {
  readonly webAclArn: string;

  constructor(scope: Construct, id: string, { requestsPer5Minutes, logRetention }: WebFirewallProps) {
    super(scope, id);
    const visibility = (metricName: string) => ({
      metricName,
      cloudWatchMetricsEnabled: true,
      // Samples hold headers, and so API keys.
      sampledRequestsEnabled: false,
    });
    const managed = (priority: number, name: string) => ({
      name,
      priority,
      statement: { managedRuleGroupStatement: { vendorName: "AWS", name } },
      overrideAction: { none: {} },
      visibilityConfig: visibility(name),
    });
    const acl = new wafv2.CfnWebACL(this, "Acl", {
      description: "Z-Image: before the distribution",
      scope: "CLOUDFRONT",
      defaultAction: { allow: {} },
      customResponseBodies: {
        [tooMany]: {
          contentType: "APPLICATION_JSON",
          content: JSON.stringify({
            type: "about:blank",
            title: "Too many requests",
            status: 429,
            code: "rate_limited",
            detail: `more than ${requestsPer5Minutes} requests in five minutes came from this address; wait a minute`,
          }),
        },
      },
      rules: [
        managed(0, "AWSManagedRulesAmazonIpReputationList"),
        managed(1, "AWSManagedRulesKnownBadInputsRuleSet"),
        {
          name: "OneAddress",
          priority: 2,
          statement: {
            rateBasedStatement: { limit: requestsPer5Minutes, aggregateKeyType: "IP", evaluationWindowSec: 300 },
          },
          action: {
            block: {
              customResponse: {
                responseCode: 429,
                customResponseBodyKey: tooMany,
                responseHeaders: [{ name: "Retry-After", value: "60" }],
              },
            },
          },
          visibilityConfig: visibility("OneAddress"),
        },
      ],
      visibilityConfig: visibility("Firewall"),
    });
    this.webAclArn = acl.attrArn;
    // WAF writes only to groups of this name.
    const logGroup = new logs.LogGroup(this, "Logs", {
      logGroupName: `aws-waf-logs-${Stack.of(this).stackName}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new wafv2.CfnLoggingConfiguration(this, "Logging", {
      resourceArn: acl.attrArn,
      // As WAF writes it; the attribute of the group ends with another ":*".
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: "logs",
          resource: "log-group",
          resourceName: logGroup.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      // Blocked requests alone, and without what opens the API.
      loggingFilter: {
        DefaultBehavior: "DROP",
        Filters: [
          {
            Behavior: "KEEP",
            Requirement: "MEETS_ANY",
            Conditions: [{ ActionCondition: { Action: "BLOCK" } }],
          },
        ],
      },
      redactedFields: ["authorization", "x-api-key"].map((Name) => ({ singleHeader: { Name } })),
    });
  }
}

const tooMany = "TooManyRequests";
