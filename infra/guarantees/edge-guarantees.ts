import { atLeast, type Guarantee, ofType, property } from "./guarantee.ts";

/** Guarantees for CloudFront and the API behind it. */
export const edgeGuarantees: readonly Guarantee[] = [
  {
    name: "the API serves CloudFront alone, streams, and has a throttle",
    broken(resources) {
      const methods = ofType(resources, "AWS::ApiGateway::Method");
      const plans = ofType(resources, "AWS::ApiGateway::UsagePlan");
      return [
        ...methods.filter(({ Properties }) => Properties.ApiKeyRequired !== true).map(({ id }) => `${id} needs no key`),
        ...methods
          .filter(({ Properties }) => property(Properties, "Integration", "ResponseTransferMode") !== "STREAM")
          .map(({ id }) => `${id} does not stream`),
        ...plans
          .filter(({ Properties }) => !(Number(property(Properties, "Throttle", "RateLimit")) > 0))
          .map(({ id }) => `${id} has no throttle`),
        ...ofType(resources, "AWS::ApiGateway::ApiKey")
          .filter(({ Properties }) => !JSON.stringify(Properties.Value).includes("{{resolve:secretsmanager:"))
          .map(({ id }) => `${id} stands in the template`),
        ...atLeast(methods, 2, "AWS::ApiGateway::Method"),
        ...atLeast(plans, 1, "AWS::ApiGateway::UsagePlan"),
      ];
    },
  },
  {
    name:
      "the distribution checks keys, speaks HTTPS and HTTP/3, sends security headers, and reads S3 under its own " +
      "identity",
    broken(resources) {
      const distributions = ofType(resources, "AWS::CloudFront::Distribution");
      return [
        ...distributions.flatMap(({ id, Properties }) => {
          const config = Properties.DistributionConfig;
          const behaviors = [
            property(config, "DefaultCacheBehavior"),
            ...((property(config, "CacheBehaviors") as unknown[]) ?? []),
          ];
          const s3Origins = (property(config, "Origins") as unknown[]).filter((origin) =>
            property(origin, "S3OriginConfig"),
          );
          return [
            ...(JSON.stringify(property(config, "DefaultCacheBehavior", "FunctionAssociations") ?? "").includes(
              "viewer-request",
            )
              ? []
              : [`${id} does not check keys`]),
            ...(behaviors.every((one) => property(one, "ViewerProtocolPolicy") === "redirect-to-https")
              ? []
              : [`${id} takes plain HTTP`]),
            ...(behaviors.every((one) => property(one, "ResponseHeadersPolicyId"))
              ? []
              : [`${id} sends no security headers`]),
            ...(property(config, "HttpVersion") === "http2and3" ? [] : [`${id} has no HTTP/3`]),
            ...(s3Origins.every((origin) => property(origin, "OriginAccessControlId"))
              ? []
              : [`${id} reads S3 as anybody`]),
          ];
        }),
        ...atLeast(distributions, 1, "AWS::CloudFront::Distribution"),
      ];
    },
  },
];
