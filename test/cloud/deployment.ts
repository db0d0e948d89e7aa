import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";

/**
 * Reading back what a deployment made, through the same APIs that AWS offers. Written as plain requests: one client
 * fewer to install.
 */

export interface DeployedResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

const run = promisify(execFile);

interface AwsCall {
  readonly endpoint: string;
  readonly service: string;
  readonly target?: string;
}

/**
 * A query or JSON call; moto asks for no valid signature, only for a credential scope that names service and region.
 */
async function call(
  { endpoint, service, target }: AwsCall,
  path: string,
  init: { readonly method?: string; readonly body?: string; readonly contentType?: string } = {},
): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(`${endpoint}${path}`, {
    method: init.method ?? "POST",
    headers: {
      authorization,
      ...(init.contentType && { "content-type": init.contentType }),
      ...(target && { "x-amz-target": target }),
    },
    body: init.body,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${target ?? path} answered ${response.status}: ${text.slice(0, 500)}`);
  return text;
}

/** Resources of the stack as the stand-in made them; those without a type were skipped by it. */
export async function stackResources(endpoint: string, stack: string): Promise<DeployedResource[]> {
  const body = new URLSearchParams({
    Action: "DescribeStackResources",
    StackName: stack,
    Version: "2010-05-15",
  }).toString();
  const contentType = "application/x-www-form-urlencoded";
  const xml = await call({ endpoint, service: "cloudformation" }, "/", { body, contentType });
  const field = (member: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(member)?.[1] ?? "";
  return [...xml.matchAll(/<member>(.*?)<\/member>/gs)]
    .map(([, member = ""]) => ({
      logicalId: field(member, "LogicalResourceId"),
      physicalId: field(member, "PhysicalResourceId"),
      type: field(member, "ResourceType"),
    }))
    .filter(({ logicalId }) => logicalId !== "");
}

export interface DeployedFunction {
  readonly name: string;
  readonly handler: string;
  readonly runtime: string;
  readonly timeoutMs: number;
  readonly env: { readonly [name: string]: string };
}

export async function functionConfiguration(endpoint: string, name: string): Promise<DeployedFunction> {
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/configuration`;
  const found = JSON.parse(await call({ endpoint, service: "lambda" }, path, { method: "GET" }));
  return {
    name,
    handler: found.Handler,
    runtime: found.Runtime,
    timeoutMs: found.Timeout * 1000,
    env: found.Environment?.Variables ?? {},
  };
}

/** The package as it was published, unpacked. @returns its size in bytes */
export async function unpackFunction(s3: S3Client, bucket: string, key: string, folder: string): Promise<number> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const bytes = await Body!.transformToByteArray();
  await mkdir(folder, { recursive: true });
  const archive = join(folder, "..", `${key.replaceAll("/", "-")}`);
  await writeFile(archive, bytes);
  await run("python3", ["-m", "zipfile", "-e", archive, folder]);
  return bytes.length;
}

/** What an operator does before the first deployment that tells usage. */
export async function createSecret(endpoint: string, secret: { readonly name: string; readonly value: string }) {
  const body = JSON.stringify({
    Name: secret.name,
    SecretString: secret.value,
    ClientRequestToken: crypto.randomUUID(),
  });
  const contentType = "application/x-amz-json-1.1";
  await call({ endpoint, service: "secretsmanager", target: "secretsmanager.CreateSecret" }, "/", {
    body,
    contentType,
  });
}

/**
 * ARN of a key that signs on P-256. The stand-in makes every key of a template a symmetric one, so the functions and
 * the worker are given this one in its place.
 */
export async function createSigningKey(endpoint: string): Promise<string> {
  const body = JSON.stringify({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const contentType = "application/x-amz-json-1.1";
  const made = await call({ endpoint, service: "kms", target: "TrentService.CreateKey" }, "/", { body, contentType });
  return JSON.parse(made).KeyMetadata.Arn;
}

/** Environment of the worker's container, as the deployed task definition has it. */
export async function workerEnvironment(endpoint: string, taskDefinition: string): Promise<{ [name: string]: string }> {
  const target = "AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition";
  const body = JSON.stringify({ taskDefinition });
  const contentType = "application/x-amz-json-1.1";
  const found = JSON.parse(await call({ endpoint, service: "ecs", target }, "/", { body, contentType }));
  const [container] = found.taskDefinition.containerDefinitions;
  return Object.fromEntries(
    container.environment.map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
}

/** `ENABLED`, `DISABLED`, or `deleted`. */
export async function ruleState(endpoint: string, name: string): Promise<string> {
  const target = "AWSEvents.DescribeRule";
  const contentType = "application/x-amz-json-1.1";
  try {
    const body = JSON.stringify({ Name: name });
    return JSON.parse(await call({ endpoint, service: "events", target }, "/", { body, contentType })).State;
  } catch (error) {
    if (/ResourceNotFound/.test(String(error))) return "deleted";
    throw error;
  }
}

/** Tasks that the services of a cluster want; none where it is deleted. */
export async function serviceCounts(endpoint: string, cluster: string): Promise<number[]> {
  const contentType = "application/x-amz-json-1.1";
  const ecs = async (action: string, body: object) => {
    const target = `AmazonEC2ContainerServiceV20141113.${action}`;
    return JSON.parse(
      await call({ endpoint, service: "ecs", target }, "/", { body: JSON.stringify(body), contentType }),
    );
  };
  try {
    const { serviceArns } = await ecs("ListServices", { cluster });
    if (serviceArns.length === 0) return [];
    const { services } = await ecs("DescribeServices", { cluster, services: serviceArns });
    return services.map(({ desiredCount }: { desiredCount: number }) => desiredCount);
  } catch (error) {
    if (/ClusterNotFound/.test(String(error))) return [];
    throw error;
  }
}

/** Whether a bucket holds no version of any object, or is deleted. */
export async function bucketIsEmpty(endpoint: string, bucket: string): Promise<boolean> {
  try {
    const xml = await call({ endpoint, service: "s3" }, `/${bucket}?versions`, { method: "GET" });
    return !/<(Version|DeleteMarker)>/.test(xml);
  } catch (error) {
    if (/NoSuchBucket/.test(String(error))) return true;
    throw error;
  }
}
