import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { it } from "vitest";
import { CustomerKey, storeUnderKey } from "./customer-key.ts";
import { PrivateBucket } from "./private-bucket.ts";

const removalPolicy = RemovalPolicy.RETAIN;
const named = "arn:aws:kms:us-east-1:123456789012:key/theirs";

it("makes a key that rotates and that logs, alarms and the distribution may use", () => {
  const stack = new Stack(new App(), "S");
  new CustomerKey(stack, "Key", { removalPolicy });
  const template = Template.fromStack(stack);
  template.hasResourceProperties("AWS::KMS::Key", { EnableKeyRotation: true });
  for (const Service of ["cloudwatch.amazonaws.com", "cloudfront.amazonaws.com"]) {
    template.hasResourceProperties("AWS::KMS::Key", {
      KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Principal: { Service } })]) },
    });
  }
});

it("makes none where one is named, and stores everything but access logs under it", () => {
  const stack = new Stack(new App(), "S");
  const { key } = new CustomerKey(stack, "Key", { keyArn: named, removalPolicy });
  new sqs.Queue(stack, "Queue", { encryption: sqs.QueueEncryption.SQS_MANAGED });
  new PrivateBucket(stack, "Images", { removalPolicy });
  new PrivateBucket(stack, "AccessLogs", { removalPolicy });
  storeUnderKey(stack, key);
  const template = Template.fromStack(stack);
  template.resourceCountIs("AWS::KMS::Key", 0);
  template.hasResourceProperties("AWS::SQS::Queue", {
    KmsMasterKeyId: named,
    SqsManagedSseEnabled: Match.absent(),
  });
  const encryptedWith = (algorithm: string, keyId: unknown) => ({
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        { ServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId } },
      ],
    },
  });
  template.hasResourceProperties("AWS::S3::Bucket", Match.objectLike(encryptedWith("aws:kms", named)));
  template.hasResourceProperties("AWS::S3::Bucket", Match.objectLike(encryptedWith("AES256", Match.absent())));
});
