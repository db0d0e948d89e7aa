import { atLeast, type Guarantee, ofType, property } from "./guarantee.ts";

/**
 * Guarantees for CloudFront and the API behind it.
 * `guarantees.test.ts` breaks each of them.
 */
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
    name: "files arrive as they were sent",
    broken(resources) {
      const apis = ofType(resources, "AWS::ApiGateway::RestApi");
      const needed = ["multipart/form-data", "application/octet-stream", "image/png", "image/jpeg", "image/webp"];
      return [
        ...apis.flatMap(({ id, Properties }) =>
          needed
            .filter((type) => !((Properties.BinaryMediaTypes as string[] | undefined) ?? []).includes(type))
            .map((type) => `${id} takes ${type} for text`),
        ),
        ...atLeast(apis, 1, "AWS::ApiGateway::RestApi"),
      ];
    },
  },
  {
    name: "API Gateway's own errors are problems in JSON, with the time to wait",
    broken(resources) {
      const responses = ofType(resources, "AWS::ApiGateway::GatewayResponse");
      const needed = [
        "DEFAULT_4XX",
        "DEFAULT_5XX",
        "THROTTLED",
        "REQUEST_TOO_LARGE",
        "INVALID_API_KEY",
        "INTEGRATION_TIMEOUT",
      ];
      const header = (properties: unknown, name: string) =>
        property(properties, "ResponseParameters", `gatewayresponse.header.${name}`);
      return [
        ...needed
          .filter((type) => !responses.some(({ Properties }) => Properties.ResponseType === type))
          .map((type) => `${type} is API Gateway's own text`),
        ...responses
          .filter(({ Properties }) => header(Properties, "Content-Type") !== "'application/problem+json'")
          .map(({ id }) => `${id} is no problem+json`),
        ...responses
          .filter(({ Properties }) => /^(429|50\d)$/.test(String(Properties.StatusCode)))
          .filter(({ Properties }) => !/^'[1-9]\d*'$/.test(String(header(Properties, "Retry-After"))))
          .map(({ id }) => `${id} does not say when to try again`),
        ...responses.flatMap(({ id, Properties }) => {
          const body = JSON.parse(String(property(Properties, "ResponseTemplates", "application/json"))) as object;
          const missing = ["type", "title", "status", "detail", "code", "request_id"].filter((name) => !(name in body));
          return missing.map((name) => `${id} has no ${name}`);
        }),
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
  {
    name: "pages of other origins may read images, through the distribution and by links of S3, and none may act as a page",
    broken(resources) {
      const behaviors = ofType(resources, "AWS::CloudFront::Distribution")
        .flatMap(
          ({ Properties }) =>
            (property(Properties.DistributionConfig, "CacheBehaviors") as unknown[] | undefined) ?? [],
        )
        // Of our own page, from the API alone.
        .filter((behavior) => property(behavior, "PathPattern") !== "assets/*");
      const policies = ofType(resources, "AWS::CloudFront::ResponseHeadersPolicy").filter(({ id }) =>
        behaviors.some((one) => property(one, "ResponseHeadersPolicyId", "Ref") === id),
      );
      const config = (properties: unknown, ...path: (string | number)[]) =>
        property(properties, "ResponseHeadersPolicyConfig", ...path);
      const buckets = ofType(resources, "AWS::S3::Bucket").filter(({ id }) => id.startsWith("Images"));
      const readable = JSON.stringify({ AllowedMethods: ["GET", "HEAD"], AllowedOrigins: ["*"] });
      return [
        ...policies
          .filter(
            ({ Properties }) =>
              property(config(Properties, "CorsConfig", "AccessControlAllowOrigins", "Items"), 0) !== "*" ||
              config(Properties, "CorsConfig", "AccessControlAllowCredentials") !== false,
          )
          .map(({ id }) => `${id} keeps images from pages`),
        ...policies
          .filter(
            ({ Properties }) =>
              !String(
                config(Properties, "SecurityHeadersConfig", "ContentSecurityPolicy", "ContentSecurityPolicy"),
              ).includes("sandbox"),
          )
          .map(({ id }) => `${id} lets what is stored act as a page`),
        ...buckets
          .filter(
            ({ Properties }) => JSON.stringify(property(Properties, "CorsConfiguration", "CorsRules", 0)) !== readable,
          )
          .map(({ id }) => `${id} keeps links from pages`),
        ...(behaviors.length === 0 ? [] : atLeast(policies, 1, "headers of images")),
        ...atLeast(buckets, 1, "bucket of images"),
      ];
    },
  },
];
