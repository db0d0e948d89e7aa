import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { bundleFunction, type FunctionParts } from "../bundle-function.ts";

export interface PipelineFunctionProps extends FunctionParts {
  /** Module in the repository that exports `handler`. */
  readonly entry: string;
  readonly description: string;
  readonly timeout: Duration;
  /** Processor time comes with it: 1769 MB are one core. */
  readonly memoryMiB: number;
  readonly environment: { readonly [name: string]: string };
  readonly logRetention: logs.RetentionDays;
  readonly reservedConcurrency?: number;
  /**
   * The function sends to the queue that invokes it. Lambda takes that for an endless loop and stops it after about 16
   * turns, unless told. @default false
   */
  readonly invokesItself?: boolean;
}

/**
 * A Lambda function of this repository: arm64, Node 24, a role of its own that may write its own log group and nothing
 * else yet.
 */
export class PipelineFunction extends Construct {
  readonly function: lambda.Function;
  /**
   * What callers invoke: it moves to a new version only when that is complete, and gradually where a rollout says so.
   * Metrics and permissions are the function's.
   */
  readonly live: lambda.Alias;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, "Logs", {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // In place of the managed policy, which lets a function write to every log group of the account.
    const role = new iam.Role(this, "Role", {
      assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
      description: `Role of: ${props.description}`,
    });
    this.logGroup.grantWrite(role);
    this.function = new lambda.Function(this, "Function", {
      description: props.description,
      code: lambda.Code.fromAsset(bundleFunction(props.entry, props).folder),
      handler: "index.handler",
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      environment: { ...props.environment },
      role,
      logGroup: this.logGroup,
      recursiveLoop: props.invokesItself ? lambda.RecursiveLoop.ALLOW : lambda.RecursiveLoop.TERMINATE,
      reservedConcurrentExecutions: props.reservedConcurrency,
    });
    this.live = new lambda.Alias(this, "Live", { aliasName: "live", version: this.function.currentVersion });
  }
}
