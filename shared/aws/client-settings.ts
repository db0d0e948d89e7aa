export interface AwsClientOptions {
  /** For example `eu-central-1`. */
  readonly region: string;
  /**
   * Where the services answer, when it is not AWS: one URL for all three, or one for each.
   * @default the SDK's own rule: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, else AWS
   */
  readonly endpoint?: string | { readonly [service in AwsService]?: string };
  /** @default the SDK's own chain: environment, container or instance role, … */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export type AwsService = "dynamodb" | "sqs" | "s3";

/** Settings for one service's client. @throws Error when the region or the endpoint cannot be one */
export function clientSettings({ region, endpoint, credentials }: AwsClientOptions, service: AwsService) {
  if (!/^[a-z]{2}(-[a-z0-9]+)+$/.test(region)) {
    throw new Error(`an AWS region such as us-east-1 is needed, got ${JSON.stringify(region)}; set AWS_REGION`);
  }
  const url = typeof endpoint === "string" ? endpoint : endpoint?.[service];
  if (url !== undefined && (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))) {
    throw new Error(`an endpoint must be an http(s) URL, got ${JSON.stringify(url)}`);
  }
  return {
    region,
    credentials,
    endpoint: url,
    // Waits with jitter, and repeats requests whose response was lost, even ones that had their effect: the drivers
    // reckon with it.
    retryMode: "standard",
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
  };
}
