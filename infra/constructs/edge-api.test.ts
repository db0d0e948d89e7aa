import { expect, it } from "vitest";
import { ofType, property, resourcesOf } from "../guarantees/guarantee.ts";
import { synthesize } from "../synthesize.ts";

function distribution(context: { readonly [key: string]: unknown } = {}) {
  const [found] = ofType(resourcesOf(synthesize(context)), "AWS::CloudFront::Distribution");
  return found?.Properties.DistributionConfig;
}

it("serves images from the bucket unless links are S3's own", () => {
  expect(property(distribution(), "CacheBehaviors", 0, "PathPattern")).toBe("o/*");
  expect(property(distribution({ imageLinks: "s3" }), "CacheBehaviors")).toBeUndefined();
});

it("takes a domain with its certificate, and TLS 1.2 at least", () => {
  const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/x";
  const config = distribution({ domainName: "images.example.com", certificateArn });
  expect(property(config, "Aliases")).toEqual(["images.example.com"]);
  expect(property(config, "ViewerCertificate")).toMatchObject({
    AcmCertificateArn: certificateArn,
    MinimumProtocolVersion: "TLSv1.2_2021",
  });
  expect(property(distribution(), "Aliases")).toBeUndefined();
});
