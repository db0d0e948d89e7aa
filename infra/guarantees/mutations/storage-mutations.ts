import { each, type Mutation, policy, remove } from "./mutation.ts";

/** Each breaks one of `storageGuarantees`. */
export const storageMutations: readonly Mutation[] = [
  [
    "a bucket is opened",
    /closed to the public.*Images/,
    (t) =>
      each(t, "AWS::S3::Bucket", /^Images/, ({ Properties }) => {
        Properties.PublicAccessBlockConfiguration.BlockPublicPolicy = false;
      }),
  ],
  [
    "a bucket loses its encryption",
    /encrypted.*Weights/,
    (t) =>
      each(t, "AWS::S3::Bucket", /^Weights/, ({ Properties }) => {
        delete Properties.BucketEncryption;
      }),
  ],
  [
    "a bucket policy lets everybody read",
    /no principal.*is open/,
    (t) =>
      each(t, "AWS::S3::BucketPolicy", /^Images/, (one) =>
        policy(one).push({ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" }),
      ),
  ],
  [
    "a bucket policy lets another account read",
    /no principal.*is open/,
    (t) =>
      each(t, "AWS::S3::BucketPolicy", /^Images/, (one) =>
        policy(one).push({
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::1:root" },
          Action: "s3:GetObject",
          Resource: "*",
        }),
      ),
  ],
  ["a bucket policy goes", /BucketPolicy expected/, (t) => remove(t, "AWS::S3::BucketPolicy", /^Weights/)],
  [
    "images are kept for ever",
    /keeps o\/ for ever/,
    (t) =>
      each(t, "AWS::S3::Bucket", /^Images/, ({ Properties }) => {
        Properties.LifecycleConfiguration.Rules = [];
      }),
  ],
  [
    "a queue loses its dead letters",
    /JobQueue\w+ has no dead letters/,
    (t) =>
      each(t, "AWS::SQS::Queue", /^JobQueue(?!Dead)/, ({ Properties }) => {
        delete Properties.RedrivePolicy;
      }),
  ],
  [
    "a queue is no longer encrypted",
    /NoticeQueue\w+ is not encrypted/,
    (t) =>
      each(t, "AWS::SQS::Queue", /^NoticeQueue/, ({ Properties }) => {
        Properties.SqsManagedSseEnabled = false;
      }),
  ],
  ["a queue takes plain HTTP", /JobQueue\w+ takes plain HTTP/, (t) => remove(t, "AWS::SQS::QueuePolicy", /^JobQueue/)],
  [
    "a queue lets everybody send",
    /takes plain HTTP/,
    (t) =>
      each(t, "AWS::SQS::QueuePolicy", /^JobQueue/, (one) =>
        policy(one).push({ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage" }),
      ),
  ],
  [
    "the table cannot be restored",
    /can be restored/,
    (t) =>
      each(t, "AWS::DynamoDB::Table", /./, ({ Properties }) => {
        Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled = false;
      }),
  ],
  [
    "the table is paid by the hour",
    /paid by request/,
    (t) =>
      each(t, "AWS::DynamoDB::Table", /./, ({ Properties }) => {
        Properties.BillingMode = "PROVISIONED";
      }),
  ],
  [
    "an index holds whole items, which every change writes again",
    /keys alone/,
    (t) =>
      each(t, "AWS::DynamoDB::Table", /./, ({ Properties }) => {
        Properties.GlobalSecondaryIndexes[1].Projection.ProjectionType = "ALL";
      }),
  ],
  [
    "the table expires nothing",
    /expires what it should/,
    (t) =>
      each(t, "AWS::DynamoDB::Table", /./, ({ Properties }) => {
        delete Properties.TimeToLiveSpecification;
      }),
  ],
  [
    "a failed first deployment leaves its table behind",
    /has the deletion policy Retain$/m,
    (t) =>
      each(t, "AWS::DynamoDB::Table", /./, (one) => {
        one.DeletionPolicy = "Retain";
      }),
  ],
  [
    "a failed first deployment cannot be rolled back",
    /is protected before its stack stands/,
    (t) =>
      each(t, "AWS::DynamoDB::Table", /./, ({ Properties }) => {
        Properties.DeletionProtectionEnabled = true;
      }),
  ],
  [
    "images go with the stack",
    /Images\w+ is deleted/,
    (t) =>
      each(t, "AWS::S3::Bucket", /^Images/, (bucket) => {
        bucket.DeletionPolicy = "Delete";
      }),
  ],
];
