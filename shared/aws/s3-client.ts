import { S3Client } from "@aws-sdk/client-s3";
import { type AwsClientOptions, clientSettings } from "./client-settings.ts";

export function createS3Client(options: AwsClientOptions): S3Client {
  const settings = clientSettings(options, "s3");
  // Bucket names as subdomains resolve at AWS only.
  return new S3Client({ ...settings, forcePathStyle: settings.endpoint !== undefined });
}
