import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";

export interface AwsClientOptions {
  /** For example `eu-central-1`. */
  readonly region: string;
  /**
   * Where the services answer, when it is not AWS: one URL for all three, or one for each.
   * @default the SDK's own rule: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, else AWS
   */
  readonly endpoint?: string | { readonly dynamodb?: string; readonly sqs?: string; readonly s3?: string };
  /** @default the SDK's own chain: environment, container or instance role, … */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface AwsClients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  /** Closes the connections; the drivers' own `close` leaves them open, since they share them. */
  close(): void;
}

/** The one place that makes SDK clients. */
export function createAwsClients({ region, endpoint, credentials }: AwsClientOptions): AwsClients {
  if (!/^[a-z]{2}(-[a-z0-9]+)+$/.test(region)) {
    throw new Error(`an AWS region such as us-east-1 is needed, got ${JSON.stringify(region)}; set AWS_REGION`);
  }
  const endpoints =
    typeof endpoint === "string" ? { dynamodb: endpoint, sqs: endpoint, s3: endpoint } : (endpoint ?? {});
  for (const url of Object.values(endpoints)) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new Error(`an endpoint must be an http(s) URL, got ${JSON.stringify(url)}`);
    }
  }
  const shared = {
    region,
    ...(credentials && { credentials }),
    // Waits with jitter, and repeats requests whose answer was lost, even ones that had their effect: the drivers reckon with it.
    retryMode: "standard",
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
  };
  const at = (url: string | undefined) => (url === undefined ? {} : { endpoint: url });
  const dynamodb = new DynamoDBClient({ ...shared, ...at(endpoints.dynamodb) });
  // Otherwise the SDK sends to the host inside the queue's URL, whatever the endpoint says: a local run would call AWS.
  const sqs = new SQSClient({ ...shared, ...at(endpoints.sqs), useQueueUrlAsEndpoint: false });
  // Bucket names as subdomains resolve at AWS only.
  const s3 = new S3Client({ ...shared, ...at(endpoints.s3), forcePathStyle: endpoints.s3 !== undefined });
  return {
    dynamodb,
    sqs,
    s3,
    close() {
      dynamodb.destroy();
      sqs.destroy();
      s3.destroy();
    },
  };
}
