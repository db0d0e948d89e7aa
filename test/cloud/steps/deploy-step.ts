import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Named, ofType, property, resourcesOf, type Template } from "../../../infra/guarantees/guarantee.ts";
import { environment } from "../../../shared/environment.ts";
import type { Emulator } from "../../support/aws/aws-emulators.ts";
import {
  createSigningKey,
  type DeployedFunction,
  type DeployedResource,
  functionConfiguration,
  stackResources,
  unpackFunction,
  workerEnvironment,
} from "../deployment.ts";
import type { EdgeGatewayOptions } from "../edge-gateway.ts";

export interface DeployOptions {
  readonly run: (command: string, args: readonly string[], env: NodeJS.ProcessEnv) => Promise<string>;
  readonly cdk: string;
  /** Folder that `cdk synth` wrote. */
  readonly assembly: string;
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  readonly moto: Emulator;
  /** Where the published packages are unpacked. */
  readonly work: string;
  /** The stack is there already. */
  readonly update?: boolean;
}

export interface Deployed {
  /** By the construct's name in the stack. */
  readonly functions: {
    readonly [name: string]: DeployedFunction & {
      readonly folder: string;
      readonly zipBytes: number;
      readonly reservedConcurrency?: number;
    };
  };
  readonly workerEnv: { readonly [name: string]: string };
  /** Physical ids by the start of the logical id. */
  readonly physicalId: (logicalIdStart: string) => string;
  readonly edge: Pick<EdgeGatewayOptions, "binaryMediaTypes" | "gatewayResponses" | "integrationTimeoutMs">;
  readonly report: readonly string[];
}

/** Made for real by the stand-in; a test that finds one missing tests something else than it believes. */
const expected = [
  "AWS::DynamoDB::Table",
  "AWS::SQS::Queue",
  "AWS::S3::Bucket",
  "AWS::Lambda::Function",
  "AWS::IAM::Role",
  "AWS::Lambda::EventSourceMapping",
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Method",
  "AWS::Events::Rule",
  "AWS::ECS::Cluster",
  "AWS::ECS::TaskDefinition",
  "AWS::ECS::Service",
  "AWS::Logs::LogGroup",
];

/** `cdk bootstrap` and `cdk deploy` against moto, then what it made of it, and the functions as they were published. */
export async function deployToStandIn(options: DeployOptions): Promise<Deployed> {
  const { run, cdk, assembly, stack, account, region, moto, work, update = false } = options;
  const env = {
    AWS_ENDPOINT_URL: moto.endpoint,
    // moto reads bucket and key out of a path-style URL only where the host is called localhost.
    AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION: moto.endpoint.replace("127.0.0.1", "localhost"),
  };
  adaptTemplate(join(assembly, `${stack}.template.json`));
  if (!update) await run(cdk, ["bootstrap", `aws://${account}/${region}`, "--app", ""], env);
  // Change sets cannot update a stack there, nor can parameters keep a value that was never given.
  const forMoto = ["--method=direct", "--no-previous-parameters"];
  await run(cdk, ["deploy", stack, "--app", assembly, "--require-approval", "never", ...forMoto], env);

  const template = JSON.parse(readFileSync(join(assembly, `${stack}.template.json`), "utf8")) as Template;
  const made = new Map((await stackResources(moto.endpoint, stack)).map((one) => [one.logicalId, one]));
  const isMade = (id: string) => (made.get(id)?.type ?? "") !== "";
  const skipped = new Set<string>();
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (isMade(id)) continue;
    if (expected.includes(Type)) throw new Error(`the stand-in did not make ${id} (${Type})`);
    skipped.add(Type);
  }
  const count = [...made.values()].filter(({ type }) => type !== "").length;
  const report = [
    `${count} of ${Object.keys(template.Resources).length} resources made; not known to the stand-in, so ` +
      "proved by assertions alone:",
    `  ${[...skipped].sort().join(", ")}`,
  ];

  const physicalId = (start: string) => find(made, start).physicalId;
  const signingKey = await createSigningKey(moto.endpoint);
  const withKey = (variables: { readonly [name: string]: string }) =>
    environment.signingKey in variables ? { ...variables, [environment.signingKey]: signingKey } : variables;
  const functions: { [name: string]: Deployed["functions"][string] } = {};
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type !== "AWS::Lambda::Function") continue;
    const key = property(Properties, "Code", "S3Key") as string | undefined;
    const name = ["ApiFunction", "Dispatcher", "Runs", "Tick"].find((construct) => id.startsWith(construct));
    if (key === undefined || name === undefined) throw new Error(`${id} is a function that this test does not know`);
    const folder = join(work, name);
    const bucket = `cdk-hnb659fds-assets-${account}-${region}`;
    const zipBytes = await unpackFunction(moto.clients.s3, bucket, key, folder);
    const configuration = await functionConfiguration(moto.endpoint, made.get(id)!.physicalId);
    const reservedConcurrency = Properties.ReservedConcurrentExecutions as number | undefined;
    functions[name] = { ...configuration, env: withKey(configuration.env), folder, zipBytes, reservedConcurrency };
  }
  const workerEnv = withKey(await workerEnvironment(moto.endpoint, physicalId("WorkersTask")));
  // A task definition that the stand-in updates loses its variables.
  if (!update && workerEnv[environment.signingKey] !== signingKey) throw new Error("the deployed worker signs nothing");
  return { functions, workerEnv, physicalId, edge: edgeOf(resourcesOf(template)), report };
}

/** What the template says of the REST API, which the stand-in does not serve. */
function edgeOf(resources: readonly Named[]): Deployed["edge"] {
  const [restApi] = ofType(resources, "AWS::ApiGateway::RestApi");
  const [method] = ofType(resources, "AWS::ApiGateway::Method");
  const header = "gatewayresponse.header.";
  const responses = ofType(resources, "AWS::ApiGateway::GatewayResponse").map(({ Properties }) => {
    const parameters = Object.entries((Properties.ResponseParameters ?? {}) as { [name: string]: string });
    // Constants stand in quotes.
    const headers = parameters.map(([name, value]) => [name.slice(header.length), value.slice(1, -1)]);
    const template = String(property(Properties, "ResponseTemplates", "application/json"));
    const response = { status: Number(Properties.StatusCode), headers: Object.fromEntries(headers), template };
    return [String(Properties.ResponseType), response] as const;
  });
  return {
    binaryMediaTypes: (restApi?.Properties.BinaryMediaTypes as string[] | undefined) ?? [],
    gatewayResponses: Object.fromEntries(responses),
    integrationTimeoutMs: property(method?.Properties, "Integration", "TimeoutInMillis") as number | undefined,
  };
}

/**
 * The stand-in knows no CloudFront and no aliases of functions, and refuses a template in which something it knows
 * reads something it does not: the distribution gets a name that nobody answers to, and callers invoke functions
 * themselves. It also expects tags of SSM parameters and of keys in other forms than CloudFormation takes.
 */
function adaptTemplate(path: string): void {
  const template = JSON.parse(readFileSync(path, "utf8")) as {
    Resources: { [id: string]: { Type: string; Properties: { Tags?: unknown; FunctionName?: unknown } } };
  };
  const resources = Object.entries(template.Resources);
  const functionOfAlias = new Map(
    resources
      .filter(([, { Type }]) => Type === "AWS::Lambda::Alias")
      .map(([id, { Properties }]) => [id, (Properties.FunctionName as { Ref: string }).Ref]),
  );
  for (const [, { Type, Properties }] of resources) {
    if (Type === "AWS::SSM::Parameter" || Type === "AWS::KMS::Key") delete Properties.Tags;
    // As `name:live`, cut out of the alias's ARN.
    const named = /"Ref":"([^"]+)"/.exec(JSON.stringify(Properties?.FunctionName ?? ""))?.[1] ?? "";
    if (functionOfAlias.has(named)) Properties.FunctionName = { Ref: functionOfAlias.get(named) };
  }
  const text = JSON.stringify(template, (_key, value: unknown) => {
    const { Ref, "Fn::GetAtt": read } = (value ?? {}) as { Ref?: string; "Fn::GetAtt"?: [string, string] };
    if (Ref !== undefined && functionOfAlias.has(Ref)) return { "Fn::GetAtt": [functionOfAlias.get(Ref), "Arn"] };
    const [id, attribute] = read ?? [];
    const isDistribution = template.Resources[id ?? ""]?.Type === "AWS::CloudFront::Distribution";
    return isDistribution && attribute === "DomainName" ? "distribution.example.com" : value;
  });
  writeFileSync(path, text);
}

function find(made: ReadonlyMap<string, DeployedResource>, start: string): DeployedResource {
  const found = [...made.values()].find(
    ({ logicalId, type }) => logicalId.startsWith(start) && type !== "" && !/Role|Policy/.test(logicalId),
  );
  if (found === undefined) throw new Error(`no resource ${start}… was made`);
  return found;
}
