import { Size } from "aws-cdk-lib";
import type * as autoscaling from "aws-cdk-lib/aws-autoscaling";
import * as ec2 from "aws-cdk-lib/aws-ec2";

/** Which machines a worker may run on. */
export interface MachineRequirements {
  /** Types or patterns such as `g6.*`. */
  readonly instanceTypes: readonly string[];
  readonly gpuMemoryGiB: number;
  readonly maxVcpus: number;
  /** Most that a type's price may lie above that of the cheapest type that fits, in percent. */
  readonly spotPriceAbovePercent: number;
  readonly onDemandPriceAbovePercent: number;
}

export type MachineKind = "Spot" | "OnDemand";

/** What the task needs: `cpu` and `memoryMiB` of the task definition, and what the machine keeps for itself. */
const minVcpus = 4;
const minMemoryMiB = 14 * 1024;

/**
 * For a capacity provider of ECS Managed Instances. Without the percentages, AWS leaves out every type that costs 20 %
 * more (on demand) or 100 % more (spot) than the cheapest that fits: on demand g6.xlarge alone would remain.
 */
export function managedInstanceRequirements(
  kind: MachineKind,
  machines: MachineRequirements,
): ec2.InstanceRequirementsConfig {
  return {
    vCpuCountMin: minVcpus,
    vCpuCountMax: machines.maxVcpus,
    memoryMin: Size.mebibytes(minMemoryMiB),
    acceleratorCountMin: 1,
    acceleratorCountMax: 1,
    acceleratorManufacturers: [ec2.AcceleratorManufacturer.NVIDIA],
    acceleratorTotalMemoryMin: Size.gibibytes(machines.gpuMemoryGiB),
    allowedInstanceTypes: [...machines.instanceTypes],
    localStorage: ec2.LocalStorage.REQUIRED,
    ...priceProtection(kind, machines),
  };
}

/** The same for an Auto Scaling group. */
export function groupInstanceRequirements(
  kind: MachineKind,
  machines: MachineRequirements,
): autoscaling.CfnAutoScalingGroup.InstanceRequirementsProperty {
  return {
    vCpuCount: { min: minVcpus, max: machines.maxVcpus },
    memoryMiB: { min: minMemoryMiB },
    acceleratorCount: { min: 1, max: 1 },
    acceleratorManufacturers: ["nvidia"],
    acceleratorTotalMemoryMiB: { min: machines.gpuMemoryGiB * 1024 },
    allowedInstanceTypes: [...machines.instanceTypes],
    localStorage: "required",
    ...priceProtection(kind, machines),
  };
}

function priceProtection(kind: MachineKind, machines: MachineRequirements) {
  return kind === "Spot"
    ? { spotMaxPricePercentageOverLowestPrice: machines.spotPriceAbovePercent }
    : { onDemandMaxPricePercentageOverLowestPrice: machines.onDemandPriceAbovePercent };
}
