import { each, type Mutation, remove } from "./mutation.ts";

/** Each breaks one of `edgeGuarantees`. */
export const edgeMutations: readonly Mutation[] = [
  [
    "a method responds without CloudFront's key",
    /needs no key/,
    (t) =>
      each(t, "AWS::ApiGateway::Method", /proxy/, ({ Properties }) => {
        Properties.ApiKeyRequired = false;
      }),
  ],
  [
    "a response no longer streams",
    /does not stream/,
    (t) =>
      each(t, "AWS::ApiGateway::Method", /proxy/, ({ Properties }) => {
        delete Properties.Integration.ResponseTransferMode;
      }),
  ],
  [
    "the throttle goes",
    /no throttle/,
    (t) =>
      each(t, "AWS::ApiGateway::UsagePlan", /./, ({ Properties }) => {
        delete Properties.Throttle;
      }),
  ],
  [
    "CloudFront's key is written down",
    /stands in the template/,
    (t) =>
      each(t, "AWS::ApiGateway::ApiKey", /./, ({ Properties }) => {
        Properties.Value = "0123456789abcdef0123";
      }),
  ],
  [
    "forms are taken for text",
    /takes multipart\/form-data for text/,
    (t) =>
      each(t, "AWS::ApiGateway::RestApi", /./, ({ Properties }) => {
        Properties.BinaryMediaTypes = ["image/*"];
      }),
  ],
  [
    "every body is taken for text",
    /takes multipart\/form-data for text.*takes image\/png for text/,
    (t) =>
      each(t, "AWS::ApiGateway::RestApi", /./, ({ Properties }) => {
        Properties.BinaryMediaTypes = [];
      }),
  ],
  [
    "a throttled client is not told when to try again",
    /does not say when to try again/,
    (t) =>
      each(t, "AWS::ApiGateway::GatewayResponse", /THROTTLED/, ({ Properties }) => {
        delete Properties.ResponseParameters["gatewayresponse.header.Retry-After"];
      }),
  ],
  [
    "API Gateway answers for a large body in its own words",
    /REQUEST_TOO_LARGE is API Gateway's own text/,
    (t) => remove(t, "AWS::ApiGateway::GatewayResponse", /REQUESTTOOLARGE/),
  ],
  [
    "the edge no longer checks keys",
    /does not check keys/,
    (t) =>
      each(t, "AWS::CloudFront::Distribution", /./, ({ Properties }) => {
        delete Properties.DistributionConfig.DefaultCacheBehavior.FunctionAssociations;
      }),
  ],
  [
    "the edge takes plain HTTP",
    /takes plain HTTP/,
    (t) =>
      each(t, "AWS::CloudFront::Distribution", /./, ({ Properties }) => {
        Properties.DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy = "allow-all";
      }),
  ],
  [
    "security headers go",
    /no security headers/,
    (t) =>
      each(t, "AWS::CloudFront::Distribution", /./, ({ Properties }) => {
        delete Properties.DistributionConfig.DefaultCacheBehavior.ResponseHeadersPolicyId;
      }),
  ],
  [
    "images are read without origin access control",
    /reads S3 as anybody/,
    (t) =>
      each(t, "AWS::CloudFront::Distribution", /./, ({ Properties }) => {
        for (const origin of Properties.DistributionConfig.Origins) delete origin.OriginAccessControlId;
      }),
  ],
  [
    "pages cannot read images",
    /ImageHeaders\w+ keeps images from pages/,
    (t) =>
      each(t, "AWS::CloudFront::ResponseHeadersPolicy", /ImageHeaders/, ({ Properties }) => {
        delete Properties.ResponseHeadersPolicyConfig.CorsConfig;
      }),
  ],
  [
    "a stored file may act as a page",
    /act as a page/,
    (t) =>
      each(t, "AWS::CloudFront::ResponseHeadersPolicy", /ImageHeaders/, ({ Properties }) => {
        delete Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig.ContentSecurityPolicy;
      }),
  ],
  [
    "pages cannot read by links of S3",
    /keeps links from pages/,
    (t) =>
      each(t, "AWS::S3::Bucket", /^Images/, ({ Properties }) => {
        delete Properties.CorsConfiguration;
      }),
  ],
];
