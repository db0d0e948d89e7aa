import { Fn, RemovalPolicy } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { type CallSettings, calledServices } from "../../config/called-services.ts";

export interface WorkerNetworkProps extends CallSettings {
  /** What to make; passed over where `vpcId` is given. */
  readonly network: "public" | "private";
  /** Existing VPC and subnets, or empty. */
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly logRetention: logs.RetentionDays;
}

/**
 * Where workers run, on the machine's own network, with no inbound rule and nothing outbound but TLS. S3 and DynamoDB
 * go through gateway endpoints, which cost nothing.
 *
 * Public subnets are the default: an address is needed to reach ECR, SQS and CloudWatch, and a NAT gateway or interface
 * endpoints would cost by the hour while nothing is drawn. A private network has no internet gateway, and one interface
 * endpoint for each service that a worker or the ECS agent of its machine calls. In a VPC of the platform team nothing
 * is made but the security group.
 */
export class WorkerNetwork extends Construct {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.ISubnet[];
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: WorkerNetworkProps) {
    super(scope, id);
    const made = props.vpcId === "" ? this.#vpc(props) : undefined;
    this.vpc = made ?? this.#existing(props);
    this.subnets =
      made === undefined
        ? props.subnetIds.map((subnetId) => ec2.Subnet.fromSubnetId(this, subnetId, subnetId))
        : [...made.publicSubnets, ...made.isolatedSubnets];
    this.securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", {
      vpc: this.vpc,
      description: "GPU workers: nothing in; out over TLS alone",
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), "AWS services");
    if (made !== undefined && props.network === "private") this.#endpoints(made, props);
  }

  #existing({ vpcId, subnetIds }: WorkerNetworkProps): ec2.IVpc {
    // Zones are looked up by nobody: subnets are named one by one.
    const availabilityZones = subnetIds.map((_, index) => Fn.select(index, Fn.getAzs()));
    return ec2.Vpc.fromVpcAttributes(this, "Vpc", { vpcId, availabilityZones });
  }

  #vpc({ network, logRetention }: WorkerNetworkProps): ec2.Vpc {
    const flowLogs = new logs.LogGroup(this, "FlowLogs", {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new ec2.Vpc(this, "Vpc", {
      maxAzs: 6,
      natGateways: 0,
      createInternetGateway: network === "public",
      subnetConfiguration: [
        network === "public"
          ? { name: "workers", subnetType: ec2.SubnetType.PUBLIC, mapPublicIpOnLaunch: true }
          : { name: "workers", subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      ],
      restrictDefaultSecurityGroup: false,
      gatewayEndpoints: {
        s3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
        dynamodb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
      },
      flowLogs: {
        rejected: {
          destination: ec2.FlowLogDestination.toCloudWatchLogs(flowLogs),
          trafficType: ec2.FlowLogTrafficType.REJECT,
        },
      },
    });
  }

  #endpoints(vpc: ec2.Vpc, traces: CallSettings): void {
    const endpoints = new ec2.SecurityGroup(this, "EndpointSecurityGroup", {
      vpc,
      description: "Interface endpoints: TLS from the workers alone",
      allowAllOutbound: false,
    });
    endpoints.addIngressRule(this.securityGroup, ec2.Port.tcp(443), "GPU workers");
    for (const { id, name } of calledServices(traces)) {
      const service = new ec2.InterfaceVpcEndpointAwsService(name);
      vpc.addInterfaceEndpoint(id, { service, securityGroups: [endpoints], open: false });
    }
  }
}
