import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration, Fn, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as cloudfront from "aws-cdk-lib/aws-cloudfront";
import * as origins from "aws-cdk-lib/aws-cloudfront-origins";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import type * as s3 from "aws-cdk-lib/aws-s3";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { DomainRecord } from "./domain-record.ts";
import { hasEdgeLogs } from "./edge-log-regions.ts";
import { addGatewayProblems } from "./gateway-problems.ts";

/**
 * Media types whose bytes must arrive as they were sent. API Gateway decodes every other body as UTF-8 text, which
 * breaks a file. It is not written down whether `image/*` stands for all images, so the usual ones are named.
 */
const binaryMediaTypes = [
  "multipart/form-data",
  "application/octet-stream",
  "application/zip",
  "image/*",
  "image/png",
  "image/jpeg",
  "image/webp",
  "image/gif",
  "image/avif",
  "image/bmp",
  "image/tiff",
];

export interface EdgeApiProps {
  readonly apiFunction: lambda.IFunction;
  /** Images under `o/` are served from here; absent: not at all. */
  readonly images?: s3.IBucket;
  readonly accessLogs: s3.IBucket;
  readonly logRetention: logs.RetentionDays;
  readonly requestsPerSecond: number;
  /** Longest response, streaming included. */
  readonly responseTimeout: Duration;
  readonly domain?: { readonly name: string; readonly certificateArn: string; readonly hostedZoneId: string };
  readonly webAclArn?: string;
}

/**
 * The public entry point: CloudFront, then a regional REST API that streams, then the one function. The REST API serves
 * only this distribution: every method needs an API key that CloudFront alone knows and adds, and whose usage plan is
 * the throttle.
 */
export class EdgeApi extends Construct {
  readonly distribution: cloudfront.Distribution;
  readonly restApi: apigateway.RestApi;
  /** With scheme, without a trailing slash. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: EdgeApiProps) {
    super(scope, id);
    const originSecret = new secretsmanager.Secret(this, "OriginKey", {
      description: "What CloudFront shows to API Gateway",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    });
    this.restApi = this.#restApi(props, originSecret);
    this.distribution = this.#distribution(props, originSecret);
    const { domain } = props;
    if (domain !== undefined && domain.hostedZoneId !== "") {
      const { name: domainName, hostedZoneId } = domain;
      new DomainRecord(this, "Domain", { domainName, hostedZoneId, distribution: this.distribution });
    }
    this.url = `https://${props.domain?.name ?? this.distribution.distributionDomainName}`;
  }

  #restApi(
    { apiFunction, logRetention, requestsPerSecond, responseTimeout }: EdgeApiProps,
    originSecret: secretsmanager.Secret,
  ): apigateway.RestApi {
    const accessLog = new logs.LogGroup(this, "AccessLog", {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const api = new apigateway.RestApi(this, "Api", {
      // Its metrics go by this name, and another environment has its own.
      restApiName: Stack.of(this).stackName,
      description: "Z-Image API behind CloudFront",
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      binaryMediaTypes,
      // An account-wide setting that a stack must not own; `npm run deploy` sets it where it is missing, since without
      // it a stage with access logs is refused.
      cloudWatchRole: false,
      deployOptions: {
        stageName: "live",
        metricsEnabled: true,
        tracingEnabled: false,
        throttlingRateLimit: requestsPerSecond,
        throttlingBurstLimit: 2 * requestsPerSecond,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat: apigateway.AccessLogFormat.jsonWithStandardFields({
          caller: false,
          user: false,
          ip: true,
          requestTime: true,
          protocol: true,
          httpMethod: true,
          resourcePath: true,
          status: true,
          responseLength: true,
        }),
      },
      defaultMethodOptions: { apiKeyRequired: true },
    });
    const integration = new apigateway.LambdaIntegration(apiFunction, {
      proxy: true,
      responseTransferMode: apigateway.ResponseTransferMode.STREAM,
      timeout: responseTimeout,
    });
    api.root.addMethod("ANY", integration);
    api.root.addResource("{proxy+}").addMethod("ANY", integration);
    const key = new apigateway.ApiKey(this, "CloudFrontKey", { value: originSecret.secretValue.unsafeUnwrap() });
    const plan = api.addUsagePlan("CloudFrontPlan", {
      throttle: { rateLimit: requestsPerSecond, burstLimit: 2 * requestsPerSecond },
      apiStages: [{ api, stage: api.deploymentStage }],
    });
    plan.addApiKey(key);
    addGatewayProblems(api);
    return api;
  }

  #distribution(
    { images, accessLogs, domain, webAclArn }: EdgeApiProps,
    originSecret: secretsmanager.Secret,
  ): cloudfront.Distribution {
    const viewerRequest = new cloudfront.Function(this, "ViewerRequest", {
      code: cloudfront.FunctionCode.fromInline(readFileSync(join(import.meta.dirname, "viewer-request.js"), "utf8")),
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      comment: "Refuses API keys that cannot be keys",
    });
    const headers = new cloudfront.ResponseHeadersPolicy(this, "SecurityHeaders", {
      responseHeadersPolicyName: this.#accountName("security-headers"),
      comment: "HSTS and the like; what the API itself says goes first",
      securityHeadersBehavior: {
        strictTransportSecurity,
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: false },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: false },
        contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'", override: false },
      },
    });
    const api = new origins.HttpOrigin(Fn.select(2, Fn.split("/", this.restApi.url)), {
      originPath: `/${this.restApi.deploymentStage.stageName}`,
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
      // The longest silence that CloudFront allows without a raised quota; the API sends something sooner.
      readTimeout: Duration.seconds(60),
      keepaliveTimeout: Duration.seconds(60),
      customHeaders: { "x-api-key": originSecret.secretValue.unsafeUnwrap() },
    });
    const https = {
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: headers,
    };
    const imageHeaders = this.#imageHeaders();
    const readFromApi = {
      ...https,
      origin: api,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      // Images are compressed as they are, and the page's build compresses its files better.
      compress: false,
    };
    return new cloudfront.Distribution(this, "Distribution", {
      comment: "Z-Image API and images",
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      ...(hasEdgeLogs(Stack.of(this).region) && {
        enableLogging: true,
        logBucket: accessLogs,
        logFilePrefix: "cloudfront/",
      }),
      domainNames: domain && [domain.name],
      minimumProtocolVersion: domain && cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      certificate: domain && acm.Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
      webAclId: webAclArn,
      defaultBehavior: {
        ...https,
        origin: api,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
        // Host must be the API's own; all else is the client's.
        originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        compress: false,
        functionAssociations: [{ function: viewerRequest, eventType: cloudfront.FunctionEventType.VIEWER_REQUEST }],
      },
      additionalBehaviors: {
        ...(images !== undefined && {
          "o/*": {
            ...https,
            responseHeadersPolicy: imageHeaders,
            origin: origins.S3BucketOrigin.withOriginAccessControl(images, {
              originAccessControl: new cloudfront.S3OriginAccessControl(this, "ImagesAccess", {
                originAccessControlName: this.#accountName("images"),
              }),
            }),
            allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            cachePolicy: this.#imageCache("StoredImageCache", "Images in the store", Duration.minutes(5)),
            compress: false,
          },
        }),
        "i/*": {
          ...readFromApi,
          responseHeadersPolicy: imageHeaders,
          cachePolicy: this.#imageCache("PublicImageCache", "Published images", Duration.seconds(0)),
        },
        // The page's scripts and styles, whose names change with their content: each edge asks the function once.
        "assets/*": { ...readFromApi, cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED },
      },
    });
  }

  /**
   * The API allows everybody to keep images, but they can be withdrawn or deleted, and then an edge may show them for
   * so long and no longer.
   * @param defaultTtl - where the origin does not say how long, as the store does not
   */
  #imageCache(id: string, what: string, defaultTtl: Duration): cloudfront.CachePolicy {
    return new cloudfront.CachePolicy(this, id, {
      comment: `${what}, asked for again after five minutes`,
      minTtl: Duration.seconds(0),
      defaultTtl,
      maxTtl: Duration.minutes(5),
    });
  }

  /** CloudFront's names are an account's: without the region, the same stack in a second region would be refused. */
  #accountName(name: string): string {
    const { stackName, region } = Stack.of(this);
    return `${stackName}-${region}-${name}`;
  }

  /** Images are there to be shown and read on other people's pages, as the API's own links let them. */
  #imageHeaders(): cloudfront.ResponseHeadersPolicy {
    return new cloudfront.ResponseHeadersPolicy(this, "ImageHeaders", {
      responseHeadersPolicyName: this.#accountName("image-headers"),
      comment: "For images: other origins may read them, and nothing stored may act as a page",
      corsBehavior: {
        accessControlAllowOrigins: ["*"],
        accessControlAllowMethods: ["GET", "HEAD"],
        accessControlAllowHeaders: ["*"],
        accessControlExposeHeaders: ["Content-Length", "Content-Range", "ETag"],
        accessControlAllowCredentials: false,
        originOverride: true,
      },
      customHeadersBehavior: {
        customHeaders: [{ header: "Cross-Origin-Resource-Policy", value: "cross-origin", override: true }],
      },
      securityHeadersBehavior: {
        strictTransportSecurity,
        contentTypeOptions: { override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: false },
        contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; sandbox", override: true },
      },
    });
  }
}

const strictTransportSecurity = { accessControlMaxAge: Duration.days(365), includeSubdomains: true, override: true };
