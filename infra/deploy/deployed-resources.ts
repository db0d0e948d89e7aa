import { CloudFormationClient, paginateListStackResources } from "@aws-sdk/client-cloudformation";
import type { DeployedResources } from "./prepare-teardown.ts";

/** The resources of a stack that a teardown needs; none where there is no such stack. */
export async function readDeployedResources(region: string, stack: string): Promise<DeployedResources> {
  const client = new CloudFormationClient({ region });
  const names = new Map<string, string[]>();
  try {
    for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
      for (const { ResourceType = "", PhysicalResourceId, ResourceStatus } of page.StackResourceSummaries ?? []) {
        if (PhysicalResourceId === undefined || ResourceStatus === "DELETE_COMPLETE") continue;
        names.set(ResourceType, [...(names.get(ResourceType) ?? []), PhysicalResourceId]);
      }
    }
  } catch (error) {
    if (!(error instanceof Error && /does not exist/.test(error.message))) throw error;
  } finally {
    client.destroy();
  }
  const ofType = (type: string) => names.get(type) ?? [];
  return {
    rules: ofType("AWS::Events::Rule"),
    cluster: ofType("AWS::ECS::Cluster")[0],
    services: ofType("AWS::ECS::Service"),
    buckets: ofType("AWS::S3::Bucket"),
  };
}
