import { CfnDeletionPolicy, type CfnResource, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as autoscaling from "aws-cdk-lib/aws-autoscaling";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecr from "aws-cdk-lib/aws-ecr";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as iam from "aws-cdk-lib/aws-iam";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { environment } from "../../../shared/environment.ts";
import { parseWorkerImage } from "../../config/worker-image.ts";
import {
  groupInstanceRequirements,
  type MachineKind,
  type MachineRequirements,
  managedInstanceRequirements,
} from "./instance-requirements.ts";
import { WorkerNetwork, type WorkerNetworkProps } from "./worker-network.ts";

export interface GpuWorkerFleetProps extends WorkerNetworkProps, MachineRequirements {
  readonly compute: "mi" | "asg";
  /** As `parseWorkerImage` reads it; empty: a placeholder that keeps the fleet deployable at zero. */
  readonly workerImage: string;
  readonly maxWorkers: number;
  /** False: both services start machines on demand; the second has the canary of a new version and nothing else. */
  readonly spot: boolean;
  /** The stack is not there yet. */
  readonly isFirst: boolean;
  readonly environment: { readonly [name: string]: string };
}

/** Time that ECS gives a worker between SIGTERM and SIGKILL: the maximum, and all that a spot notice leaves. */
const stopTimeout = Duration.seconds(120);

/**
 * The GPU workers: one task definition, and two services of it, on spot machines and on demand. The tick function sets
 * how many of each there are and which version they start: a deployment changes neither, so it stops no worker, and a
 * new version is tried by one worker first.
 */
export class GpuWorkerFleet extends Construct {
  readonly cluster: ecs.Cluster;
  readonly taskRole: iam.IRole;
  readonly spotService: ecs.BaseService;
  readonly onDemandService: ecs.BaseService;
  /** What the services start; the tick rolls it out, see `functions/tick/canary.ts`. */
  readonly taskDefinition: ecs.TaskDefinition;
  /** What workers of this deployment call themselves. */
  readonly version: string;
  readonly logGroup: logs.LogGroup;
  readonly #network: WorkerNetwork;

  constructor(scope: Construct, id: string, props: GpuWorkerFleetProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, "Logs", {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#network = new WorkerNetwork(this, "Network", props);
    this.cluster = new ecs.Cluster(this, "Cluster", {
      vpc: this.#network.vpc,
      containerInsightsV2: ecs.ContainerInsights.DISABLED,
    });
    const taskDefinition = this.#taskDefinition(props);
    this.taskDefinition = taskDefinition;
    this.version = `${taskDefinition.defaultContainer!.imageName} ${props.environment[environment.weightsPrefix]}`;
    taskDefinition.defaultContainer!.addEnvironment(environment.workerVersion, this.version);
    this.taskRole = taskDefinition.taskRole;
    // A worker may protect its own task, and read what it asked for.
    taskDefinition.taskRole.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
        resources: [
          Stack.of(this).formatArn({ service: "ecs", resource: "task", resourceName: `${this.cluster.clusterName}/*` }),
        ],
        conditions: { ArnEquals: { "ecs:cluster": this.cluster.clusterArn } },
      }),
    );
    const service = props.compute === "mi" ? this.#onManagedInstances(props) : this.#onAutoScalingGroup(props);
    this.spotService = service("Spot", taskDefinition);
    this.onDemandService = service("OnDemand", taskDefinition);
    for (const { node } of [this.spotService, this.onDemandService]) {
      const template = node.defaultChild as ecs.CfnService;
      // By its family, CloudFormation leaves a service at the version it has: the tick moves it, after a canary.
      template.addPropertyOverride("TaskDefinition", taskDefinition.family);
      template.addResourceDependency(taskDefinition.node.defaultChild as ecs.CfnTaskDefinition);
      // The number of workers is the tick's. At first it must be there: ECS would start one, and the stack wait for it.
      if (!props.isFirst) template.addPropertyDeletionOverride("DesiredCount");
    }
    // Earlier versions stay registered, so that a service can go back.
    const { cfnOptions } = taskDefinition.node.defaultChild as ecs.CfnTaskDefinition;
    cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    // Deleted in the opposite order: machines leave before their network, which could not be deleted around them.
    for (const construct of this.node.children) {
      const holdsMachines = /(Capacity|Group|Service)$/.test(construct.node.id);
      if (holdsMachines) construct.node.addDependency(this.#network);
    }
  }

  #taskDefinition({ compute, workerImage, environment: variables }: GpuWorkerFleetProps): ecs.TaskDefinition {
    const taskDefinition = new ecs.TaskDefinition(this, "Task", {
      compatibility: compute === "mi" ? ecs.Compatibility.MANAGED_INSTANCES : ecs.Compatibility.EC2,
      networkMode: ecs.NetworkMode.HOST,
      cpu: "3584",
      memoryMiB: "13312",
      // On the machine's local disk. A group's machine keeps the weights for the task that follows; on Managed
      // Instances ECS makes the volume, since a path of the host would be root's there and the worker is not.
      volumes: [
        { name: "weights", host: compute === "asg" ? { sourcePath: "/mnt/weights" } : {} },
        { name: "tmp", host: {} },
      ],
    });
    const container = taskDefinition.addContainer("worker", {
      image: this.#image(workerImage),
      gpuCount: 1,
      environment: { ...variables },
      stopTimeout,
      readonlyRootFilesystem: true,
      user: "1000:1000",
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: "worker", logGroup: this.logGroup }),
      healthCheck: {
        command: ["CMD", "node", "gpu-worker/container/healthcheck.ts"],
        interval: Duration.seconds(30),
        timeout: Duration.seconds(5),
        retries: 4,
        // Weights are read in this time.
        startPeriod: Duration.seconds(300),
      },
    });
    container.addMountPoints(
      { sourceVolume: "weights", containerPath: "/weights", readOnly: false },
      { sourceVolume: "tmp", containerPath: "/tmp", readOnly: false },
    );
    return taskDefinition;
  }

  #image(text: string): ecs.ContainerImage {
    const image = parseWorkerImage(text);
    if (image?.kind === "asset") {
      // .dockerignore says what goes into it.
      return ecs.ContainerImage.fromAsset(`${import.meta.dirname}/../../..`, { file: "gpu-worker/Dockerfile" });
    }
    if (image?.kind !== "ecr") {
      // Names a tag that does not exist: the services stay at zero until an image is given.
      const repository = ecr.Repository.fromRepositoryName(this, "Repository", "z-image-worker");
      return ecs.ContainerImage.fromEcrRepository(repository, "none");
    }
    const { repository: repositoryName, tagOrDigest, registry } = image;
    const repositoryArn = Stack.of(this).formatArn({
      service: "ecr",
      resource: "repository",
      resourceName: repositoryName,
      ...registry,
    });
    const repository = ecr.Repository.fromRepositoryAttributes(this, "Repository", { repositoryArn, repositoryName });
    return ecs.ContainerImage.fromEcrRepository(repository, tagOrDigest);
  }

  #onManagedInstances({ spot, ...machines }: GpuWorkerFleetProps) {
    const provider = (service: MachineKind) => {
      const { kind, name } = capacityOf(service, spot);
      const capacity = new ecs.ManagedInstancesCapacityProvider(this, `${name}Capacity`, {
        subnets: this.#network.subnets,
        securityGroups: [this.#network.securityGroup],
        capacityOptionType: kind === "Spot" ? ecs.CapacityOptionType.SPOT : ecs.CapacityOptionType.ON_DEMAND,
        propagateTags: ecs.PropagateManagedInstancesTags.CAPACITY_PROVIDER,
        monitoring: ecs.InstanceMonitoring.BASIC,
        instanceRequirements: managedInstanceRequirements(kind, machines),
      });
      this.#nameInstanceRole(capacity, name);
      const template = capacity.node.defaultChild as ecs.CfnCapacityProvider;
      // Not in the L2: instances go this long after their last task, and the instance's own NVMe is the data volume.
      template.addPropertyOverride("ManagedInstancesProvider.InfrastructureOptimization.ScaleInAfter", 60);
      template.addPropertyOverride(
        "ManagedInstancesProvider.InstanceLaunchTemplate.LocalStorageConfiguration.UseLocalStorage",
        true,
      );
      this.cluster.addManagedInstancesCapacityProvider(capacity);
      return capacity.capacityProviderName;
    };
    return (kind: MachineKind, taskDefinition: ecs.TaskDefinition) => {
      const service = new ecs.FargateService(this, `${kind}Service`, {
        cluster: this.cluster,
        taskDefinition,
        // The class wants both, and would make a group of its own; they are taken out below.
        vpcSubnets: { subnets: this.#network.subnets },
        securityGroups: [this.#network.securityGroup],
        desiredCount: 0,
        capacityProviderStrategies: [{ capacityProvider: provider(kind), weight: 1 }],
        // Tags of the service reach its tasks, and so their cost.
        propagateTags: ecs.PropagatedTagSource.SERVICE,
        enableECSManagedTags: true,
        ...rollingDeployment,
      });
      const template = service.node.defaultChild as ecs.CfnService;
      // The class is Fargate's: neither belongs to Managed Instances on the host's network.
      template.addPropertyDeletionOverride("PlatformVersion");
      template.addPropertyDeletionOverride("NetworkConfiguration");
      return service;
    };
  }

  /**
   * AWS's policy for Managed Instances passes roles of this beginning alone. Names of roles are an account's: the CDK's
   * own would be the same in every region.
   */
  #nameInstanceRole(capacity: ecs.ManagedInstancesCapacityProvider, name: CapacityName): void {
    const { stackName, region } = Stack.of(this);
    // Short: a role's name has 64 characters.
    const roleName = `ecsInstanceRole-${stackName}-${region}-${{ Spot: "s", OnDemand: "d", Canary: "c" }[name]}`;
    const named = (id: string) => capacity.node.findChild(id).node.defaultChild as CfnResource;
    named("InstanceRole").addPropertyOverride("RoleName", roleName);
    named("InstanceProfile").addPropertyOverride("InstanceProfileName", roleName);
  }

  #onAutoScalingGroup({ maxWorkers, spot, ...machines }: GpuWorkerFleetProps) {
    const provider = (service: MachineKind) => {
      const { kind, name } = capacityOf(service, spot);
      // The CDK adds what an instance needs to join this cluster.
      const role = new iam.Role(this, `${name}InstanceRole`, {
        assumedBy: new iam.ServicePrincipal("ec2.amazonaws.com"),
      });
      const userData = ec2.UserData.forLinux();
      userData.addCommands(
        `echo ECS_CLUSTER=${this.cluster.clusterName} >> /etc/ecs/ecs.config`,
        "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config",
        "echo ECS_ENABLE_GPU_SUPPORT=true >> /etc/ecs/ecs.config",
        // The instance's own NVMe, where there is one.
        "disk=$(lsblk -dpno NAME,MODEL | awk '/Instance Storage/ {print $1; exit}')",
        'mkdir -p /mnt/weights && [ -z "$disk" ] || { mkfs.xfs -f "$disk" && mount "$disk" /mnt/weights; }',
        "chown 1000:1000 /mnt/weights",
      );
      const launchTemplate = new ec2.LaunchTemplate(this, `${name}LaunchTemplate`, {
        machineImage: ecs.EcsOptimizedImage.amazonLinux2023(ecs.AmiHardwareType.GPU),
        securityGroup: this.#network.securityGroup,
        role,
        userData,
        requireImdsv2: true,
        httpPutResponseHopLimit: 1,
        blockDevices: [
          {
            deviceName: "/dev/xvda",
            volume: autoscaling.BlockDeviceVolume.ebs(60, { encrypted: true }) as ec2.BlockDeviceVolume,
          },
        ],
      });
      const group = new autoscaling.AutoScalingGroup(this, `${name}Group`, {
        vpc: this.#network.vpc,
        vpcSubnets: { subnets: this.#network.subnets },
        minCapacity: 0,
        maxCapacity: maxWorkers,
        newInstancesProtectedFromScaleIn: true,
        mixedInstancesPolicy: {
          launchTemplate,
          launchTemplateOverrides: [{ instanceRequirements: groupInstanceRequirements(kind, machines) }],
          instancesDistribution: {
            onDemandPercentageAboveBaseCapacity: kind === "Spot" ? 0 : 100,
            spotAllocationStrategy: autoscaling.SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED,
          },
        },
      });
      const capacity = new ecs.AsgCapacityProvider(this, `${name}Capacity`, {
        autoScalingGroup: group,
        enableManagedScaling: true,
        enableManagedTerminationProtection: true,
        spotInstanceDraining: kind === "Spot",
      });
      this.cluster.addAsgCapacityProvider(capacity);
      return capacity.capacityProviderName;
    };
    return (kind: MachineKind, taskDefinition: ecs.TaskDefinition) => {
      const service = new ecs.Ec2Service(this, `${kind}Service`, {
        cluster: this.cluster,
        taskDefinition,
        desiredCount: 0,
        capacityProviderStrategies: [{ capacityProvider: provider(kind), weight: 1 }],
        // Tags of the service reach its tasks, and so their cost.
        propagateTags: ecs.PropagatedTagSource.SERVICE,
        enableECSManagedTags: true,
        ...rollingDeployment,
      });
      return service;
    };
  }
}

type CapacityName = MachineKind | "Canary";

/**
 * What the service of a kind runs on. Another name where it is not of that kind: AWS changes no capacity from spot to
 * on demand.
 */
function capacityOf(service: MachineKind, spot: boolean): { readonly kind: MachineKind; readonly name: CapacityName } {
  return service === "Spot" && !spot ? { kind: "OnDemand", name: "Canary" } : { kind: service, name: service };
}

const rollingDeployment = {
  minHealthyPercent: 0,
  maxHealthyPercent: 100,
  // An image that cannot start is taken back by itself; without it CloudFormation waits for hours.
  circuitBreaker: { rollback: true },
  // ECS rebalances new services unless told: it would start a second task of a zone before it stops one, beyond the 100
  // %.
  availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
};
