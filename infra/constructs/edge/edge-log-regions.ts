/** Regions that an account opts into: CloudFront delivers its access logs to no bucket there, and refuses to try. */
const regionsWithoutEdgeLogs: ReadonlySet<string> = new Set([
  "af-south-1",
  "ap-east-1",
  "ap-east-2",
  "ap-south-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "ca-west-1",
  "eu-central-2",
  "eu-south-1",
  "eu-south-2",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "mx-central-1",
]);

/**
 * Whether the distribution of a stack can write access logs.
 * @param region - of the stack; a reference, where it is not known, counts as one that can
 */
export const hasEdgeLogs = (region: string): boolean => !regionsWithoutEdgeLogs.has(region);
