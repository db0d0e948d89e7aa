import { atLeast, type Guarantee, ids, type Named, ofType, property, statementsOf } from "./guarantee.ts";

/** Functions whose table is named, and so was made elsewhere. */
const takenOver = (resources: readonly Named[]) =>
  ofType(resources, "AWS::Lambda::Function").filter(
    ({ Properties }) => typeof property(Properties, "Environment", "Variables", "TABLE_NAME") === "string",
  );

/**
 * Guarantees for buckets, queues and the table: nothing stored is public, unencrypted or kept for ever.
 * `guarantees.test.ts` breaks each of them.
 */
export const storageGuarantees: readonly Guarantee[] = [
  {
    name: "buckets are closed to the public, encrypted, and owned by us",
    broken(resources) {
      const buckets = ofType(resources, "AWS::S3::Bucket");
      const isClosed = ({ Properties }: Named) =>
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"].every(
          (name) => property(Properties, "PublicAccessBlockConfiguration", name) === true,
        ) && property(Properties, "BucketEncryption", "ServerSideEncryptionConfiguration") !== undefined;
      return [...ids(buckets.filter((bucket) => !isClosed(bucket))), ...atLeast(buckets, 3, "AWS::S3::Bucket")];
    },
  },
  {
    name: "bucket policies refuse plain HTTP and name no principal but services of AWS",
    broken(resources) {
      const policies = ofType(resources, "AWS::S3::BucketPolicy");
      return [
        ...policies.flatMap(({ id, Properties }) => {
          const statements = statementsOf(Properties);
          const isOpen = statements.some(
            ({ Effect, Principal }) =>
              Effect === "Allow" && (Principal === "*" || property(Principal, "AWS") !== undefined),
          );
          const refusesHttp = statements.some(
            ({ Effect, Condition }) =>
              Effect === "Deny" && property(Condition, "Bool", "aws:SecureTransport") === "false",
          );
          return [...(isOpen ? [`${id} is open`] : []), ...(refusesHttp ? [] : [`${id} takes plain HTTP`])];
        }),
        ...atLeast(policies, ofType(resources, "AWS::S3::Bucket").length, "AWS::S3::BucketPolicy"),
      ];
    },
  },
  {
    name: "images and broken uploads expire",
    broken(resources) {
      const images = ofType(resources, "AWS::S3::Bucket").filter(({ id }) => id.startsWith("Images"));
      const expires = (rules: unknown, prefix: string) =>
        Array.isArray(rules) && rules.some(({ Prefix, ExpirationInDays }) => Prefix === prefix && ExpirationInDays > 0);
      const kept = images.flatMap(({ id, Properties }) =>
        ["o/", "in/", "p/"]
          .filter((prefix) => !expires(property(Properties, "LifecycleConfiguration", "Rules"), prefix))
          .map((prefix) => `${id} keeps ${prefix} for ever`),
      );
      return [...kept, ...atLeast(images, 1, "bucket of images")];
    },
  },
  {
    name: "queues have dead letters, are encrypted, and refuse plain HTTP",
    broken(resources) {
      const queues = ofType(resources, "AWS::SQS::Queue");
      const isDeadLetters = ({ id }: Named) => id.includes("DeadLetters");
      const policies = ofType(resources, "AWS::SQS::QueuePolicy");
      const refusesHttp = ({ id }: Named) =>
        policies.some(
          ({ Properties }) =>
            JSON.stringify(Properties.Queues).includes(`"${id}"`) &&
            statementsOf(Properties).every(({ Effect }) => Effect === "Deny"),
        );
      return [
        ...queues
          .filter(
            (queue) =>
              !isDeadLetters(queue) && !(Number(property(queue.Properties, "RedrivePolicy", "maxReceiveCount")) > 0),
          )
          .map(({ id }) => `${id} has no dead letters`),
        ...queues
          .filter(
            ({ Properties }) => Properties.SqsManagedSseEnabled !== true && Properties.KmsMasterKeyId === undefined,
          )
          .map(({ id }) => `${id} is not encrypted`),
        ...queues.filter((queue) => !refusesHttp(queue)).map(({ id }) => `${id} takes plain HTTP`),
        ...atLeast(queues, 7, "AWS::SQS::Queue"),
      ];
    },
  },
  {
    name: "the table can be restored, is paid by request, expires what it should, and has its indexes, with keys alone",
    broken(resources) {
      const tables = ofType(resources, "AWS::DynamoDB::Table");
      const holdsKeysAlone = (indexes: unknown, name: string) =>
        Array.isArray(indexes) &&
        indexes.some((one) => one.IndexName === name && property(one, "Projection", "ProjectionType") === "KEYS_ONLY");
      const isSafe = ({ Properties }: Named) =>
        property(Properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") === true &&
        Properties.BillingMode === "PAY_PER_REQUEST" &&
        property(Properties, "SSESpecification", "SSEEnabled") === true &&
        property(Properties, "TimeToLiveSpecification", "AttributeName") === "exp" &&
        ["gsi1", "due"].every((name) => holdsKeysAlone(Properties.GlobalSecondaryIndexes, name));
      return [
        ...ids(tables.filter((table) => !isSafe(table))),
        ...atLeast([...tables, ...takenOver(resources)], 1, "table"),
      ];
    },
  },
  {
    name: "what is stored outlives the stack, but not a first deployment that failed",
    broken(resources) {
      const isStored = ({ Type }: Named) => Type === "AWS::S3::Bucket" || Type === "AWS::DynamoDB::Table";
      const stored = resources.filter(isStored);
      const kept = stored.filter(({ DeletionPolicy }) => DeletionPolicy !== "Delete");
      return [
        // A trial deletes everything, and no other deployment anything.
        ...(kept.length === 0 ? [] : stored.filter((one) => !kept.includes(one)).map(({ id }) => `${id} is deleted`)),
        ...kept
          .filter(({ DeletionPolicy }) => DeletionPolicy !== "RetainExceptOnCreate")
          .map(({ id, DeletionPolicy }) => `${id} has the deletion policy ${DeletionPolicy}`),
        ...ofType(resources, "AWS::DynamoDB::Table")
          .filter(({ Properties }) => Properties.DeletionProtectionEnabled === true)
          .map(({ id }) => `${id} is protected before its stack stands`),
        ...atLeast(stored, 1, "bucket or table"),
      ];
    },
  },
];
