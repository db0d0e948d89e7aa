import { Duration, type RemovalPolicy } from "aws-cdk-lib";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export interface PrivateBucketProps {
  readonly removalPolicy: RemovalPolicy;
  /** Expiry of objects: days by key prefix. */
  readonly expireDays?: { readonly [prefix: string]: number };
  /** Keep earlier versions of overwritten objects. @default false */
  readonly versioned?: boolean;
  readonly accessLogs?: s3.IBucket;
  /**
   * A link is permission enough: pages of any origin may read through links, and those of these origins write. Without
   * this they can show what a link leads to, and not read it. @default no page
   */
  readonly linksForPages?: { readonly writers: readonly string[] };
}

/** A bucket that is closed to the public, encrypted, reached over TLS alone, and swept by prefix. */
export class PrivateBucket extends Construct {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    const { removalPolicy, expireDays = {}, versioned = false, accessLogs, linksForPages } = props;
    this.bucket = new s3.Bucket(this, "Bucket", {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      objectOwnership:
        accessLogs === undefined ? s3.ObjectOwnership.BUCKET_OWNER_PREFERRED : s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned,
      cors: linksForPages && [
        { allowedMethods: [s3.HttpMethods.GET, s3.HttpMethods.HEAD], allowedOrigins: ["*"] },
        ...(linksForPages.writers.length === 0
          ? []
          : [
              {
                allowedMethods: [s3.HttpMethods.PUT],
                allowedOrigins: [...linksForPages.writers],
                allowedHeaders: ["*"],
                exposedHeaders: ["ETag"],
              },
            ]),
      ],
      removalPolicy,
      lifecycleRules: [
        { id: "parts-of-broken-uploads", abortIncompleteMultipartUploadAfter: Duration.days(1) },
        ...Object.entries(expireDays).map(([prefix, days]) => ({
          id: `expire-${prefix.replace(/\W/g, "") || "all"}`,
          prefix: prefix !== "" ? prefix : undefined,
          expiration: Duration.days(days),
        })),
      ],
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: accessLogs && `s3/${id}/`,
    });
  }
}
