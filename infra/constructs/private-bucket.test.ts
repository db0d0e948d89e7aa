import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { expect, it } from "vitest";
import { PrivateBucket, type PrivateBucketProps } from "./private-bucket.ts";

function template(props: Partial<PrivateBucketProps>) {
  const stack = new Stack(new App(), "S");
  new PrivateBucket(stack, "B", { removalPolicy: RemovalPolicy.DESTROY, ...props });
  return Template.fromStack(stack);
}

it("expires objects by prefix, and all of them for an empty one", () => {
  const rules = (expireDays: { readonly [prefix: string]: number }) =>
    Object.values(template({ expireDays }).findResources("AWS::S3::Bucket")).flatMap(
      ({ Properties }) => Properties.LifecycleConfiguration.Rules as { readonly Prefix?: string }[],
    );
  expect(rules({ "o/": 30 })).toContainEqual(
    expect.objectContaining({ Id: "expire-o", Prefix: "o/", ExpirationInDays: 30 }),
  );
  const all = rules({ "": 7 }).find((rule) => "ExpirationInDays" in rule);
  expect(all).toMatchObject({ Id: "expire-all" });
  expect(all).not.toHaveProperty("Prefix");
});

it("keeps no versions unless asked, and never public access", () => {
  template({}).hasResourceProperties("AWS::S3::Bucket", {
    VersioningConfiguration: Match.absent(),
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
  });
  template({ versioned: true }).hasResourceProperties("AWS::S3::Bucket", {
    VersioningConfiguration: { Status: "Enabled" },
  });
});
