import {
  ECSClient,
  paginateListContainerInstances,
  paginateListTasks,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { DisableRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { DeleteObjectsCommand, ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import { createAwsClients } from "../../shared/aws/clients.ts";
import type { TeardownActions } from "./prepare-teardown.ts";

/** The steps of a teardown on AWS. */
export function openTeardownActions(region: string): TeardownActions & { close(): void } {
  const ecs = new ECSClient({ region });
  const eventBridge = new EventBridgeClient({ region });
  const clients = createAwsClients({ region });
  return {
    async disableRule(Name) {
      await eventBridge.send(new DisableRuleCommand({ Name }));
    },
    async setDesiredCount(cluster, service, desiredCount) {
      await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
    },
    async listTasks(cluster) {
      const tasks: string[] = [];
      for await (const page of paginateListTasks({ client: ecs }, { cluster })) tasks.push(...(page.taskArns ?? []));
      return tasks;
    },
    async stopTask(cluster, task) {
      await ecs.send(new StopTaskCommand({ cluster, task, reason: "the deployment is deleted" }));
    },
    async countMachines(cluster) {
      let count = 0;
      for await (const page of paginateListContainerInstances({ client: ecs }, { cluster })) {
        count += page.containerInstanceArns?.length ?? 0;
      }
      return count;
    },
    emptyBucket: (name) => emptyBucket(clients.s3, name),
    close() {
      ecs.destroy();
      eventBridge.destroy();
      clients.close();
    },
  };
}

async function emptyBucket(s3: S3Client, Bucket: string): Promise<number> {
  let count = 0;
  for (;;) {
    // Always the first page: what it lists is gone before the next is asked for.
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return count;
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    const [failed] = Errors;
    if (failed !== undefined) throw new Error(`${Bucket}/${failed.Key} could not be deleted: ${failed.Message}`);
    count += Objects.length;
  }
}
