import { expect, it } from "vitest";
import { ofType, property, resourcesOf } from "../../guarantees/guarantee.ts";
import { synthesize } from "../../synthesize.ts";

function distribution(context: { readonly [key: string]: unknown } = {}) {
  const [found] = ofType(resourcesOf(synthesize(context)), "AWS::CloudFront::Distribution");
  return found?.Properties.DistributionConfig;
}

it("serves images from the bucket unless links are S3's own", () => {
  expect(property(distribution(), "CacheBehaviors", 0, "PathPattern")).toBe("o/*");
  const others = property(distribution({ imageLinks: "s3" }), "CacheBehaviors") as { PathPattern: string }[];
  expect(others.map(({ PathPattern }) => PathPattern)).toEqual(["i/*", "assets/*"]);
});

it("keeps images for five minutes, so that one that is withdrawn or deleted is soon gone", () => {
  const policies = ofType(resourcesOf(synthesize()), "AWS::CloudFront::CachePolicy");
  const configs = policies.map(({ Properties }) => Properties.CachePolicyConfig);
  expect(configs.map((config) => property(config, "MaxTTL"))).toEqual([300, 300]);
  // The store says nothing of its own; the API says it of each published image, and nothing of an error.
  expect(configs.map((config) => property(config, "DefaultTTL")).sort()).toEqual([0, 300]);
  for (const [index, path] of ["o/*", "i/*"].entries()) {
    expect(property(distribution(), "CacheBehaviors", index, "PathPattern")).toBe(path);
    const { Ref } = property(distribution(), "CacheBehaviors", index, "CachePolicyId") as { readonly Ref: string };
    expect(policies.map(({ id }) => id)).toContain(Ref);
  }
});

it("keeps the page's files at the edge, in each of the forms that browsers take", () => {
  expect(property(distribution(), "CacheBehaviors", 2)).toMatchObject({
    PathPattern: "assets/*",
    // Managed-CachingOptimized: its key has Accept-Encoding, reduced to br and gzip.
    CachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
    Compress: false,
  });
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
