import { Aspects, CfnResource, type IAspect, type RemovalPolicy, Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import { Construct, type IConstruct } from "constructs";

export interface CustomerKeyProps {
  /** ARN of a key whose policy its owner keeps; absent: one is made. */
  readonly keyArn?: string;
  readonly removalPolicy: RemovalPolicy;
}

/** The customer-managed key: one that is named, or one that is made, rotates, and can be used by AWS's own services. */
export class CustomerKey extends Construct {
  readonly key: kms.IKey;

  constructor(scope: Construct, id: string, { keyArn, removalPolicy }: CustomerKeyProps) {
    super(scope, id);
    if (keyArn !== undefined) {
      this.key = kms.Key.fromKeyArn(this, "Key", keyArn);
      return;
    }
    const key = new kms.Key(this, "Key", {
      description: "Z-Image: table, buckets, queues, logs, secrets",
      enableKeyRotation: true,
      removalPolicy,
    });
    for (const statement of serviceStatements(Stack.of(this))) key.addToResourcePolicy(statement);
    this.key = key;
  }
}

/** Sets the key on every resource of the stack that stores something, whichever construct made it. */
export function storeUnderKey(stack: Stack, key: kms.IKey): void {
  Aspects.of(stack).add(new StoredUnderKey(key.keyArn));
}

/** What services of AWS that act for nobody need of the key; docs/deploy.md has the same for a key of one's own. */
function serviceStatements(stack: Stack): iam.PolicyStatement[] {
  const { account, partition, region } = stack;
  const allow = (service: string, actions: string[], conditions: { [operator: string]: { [key: string]: string } }) =>
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(service)],
      actions: actions.map((action) => `kms:${action}`),
      resources: ["*"],
      conditions,
    });
  return [
    allow(`logs.${region}.amazonaws.com`, ["Encrypt*", "Decrypt*", "ReEncrypt*", "GenerateDataKey*", "Describe*"], {
      ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${region}:${account}:log-group:*` },
    }),
    // Alarms write to an encrypted topic.
    allow("cloudwatch.amazonaws.com", ["Decrypt", "GenerateDataKey"], {
      StringEquals: { "aws:SourceAccount": account },
    }),
    // The distribution reads images under its own identity. Its id would make a circle: bucket, distribution, key.
    allow("cloudfront.amazonaws.com", ["Decrypt"], {
      ArnLike: { "aws:SourceArn": `arn:${partition}:cloudfront::${account}:distribution/*` },
    }),
  ];
}

/** Where each type of resource names the key that it stores under; `undefined` leaves a property out. */
const keyProperties: { readonly [type: string]: (keyArn: string) => { readonly [path: string]: unknown } } = {
  "AWS::Logs::LogGroup": (keyArn) => ({ KmsKeyId: keyArn }),
  "AWS::SecretsManager::Secret": (keyArn) => ({ KmsKeyId: keyArn }),
  "AWS::Lambda::Function": (keyArn) => ({ KmsKeyArn: keyArn }),
  "AWS::SNS::Topic": (keyArn) => ({ KmsMasterKeyId: keyArn }),
  "AWS::SQS::Queue": (keyArn) => ({ KmsMasterKeyId: keyArn, SqsManagedSseEnabled: undefined }),
  "AWS::DynamoDB::Table": (keyArn) => ({
    SSESpecification: { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: keyArn },
  }),
  "AWS::S3::Bucket": (keyArn) => ({
    "BucketEncryption.ServerSideEncryptionConfiguration": [
      {
        // One call to the key for many objects.
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn },
      },
    ],
  }),
};

/** The bucket of access logs stays under S3's own key: S3 delivers its access logs to no other. */
class StoredUnderKey implements IAspect {
  readonly #keyArn: string;

  constructor(keyArn: string) {
    this.#keyArn = keyArn;
  }

  visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node) || node.node.path.includes("/AccessLogs/")) return;
    const properties = keyProperties[node.cfnResourceType]?.(this.#keyArn) ?? {};
    for (const [path, value] of Object.entries(properties)) {
      if (value === undefined) node.addPropertyDeletionOverride(path);
      else node.addPropertyOverride(path, value);
    }
  }
}
