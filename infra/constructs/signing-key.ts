import type { RemovalPolicy } from "aws-cdk-lib";
import * as kms from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";

export interface SigningKeyProps {
  /** ARN of an asymmetric key (ECC_NIST_P256, SIGN_VERIFY) that is there; absent: one is made. */
  readonly keyArn?: string | undefined;
  readonly removalPolicy: RemovalPolicy;
}

/** The key that signs images and the roots of days. It signs inside KMS: nobody, its owner included, can read it. */
export class SigningKey extends Construct {
  readonly keyArn: string;

  constructor(scope: Construct, id: string, { keyArn, removalPolicy }: SigningKeyProps) {
    super(scope, id);
    this.keyArn =
      keyArn ??
      new kms.Key(this, "Key", {
        description: "Z-Image: signs images and records",
        keySpec: kms.KeySpec.ECC_NIST_P256,
        keyUsage: kms.KeyUsage.SIGN_VERIFY,
        removalPolicy,
      }).keyArn;
  }
}
