import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ulid } from "ulid";
import type { Fleet } from "../../functions/tick/ecs-fleet.ts";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { openDynamoItems } from "../../shared/aws/items.ts";
import { environment } from "../../shared/environment.ts";
import { systemClock as clock } from "../../shared/ports/clock.ts";
import type { Emulator } from "../support/aws/aws-emulators.ts";
import { createQueues, createTable } from "../support/aws/aws-resources.ts";
import { openAtomicTables } from "./atomic-tables.ts";
import { openDeployedFleet } from "./deployed-fleet.ts";
import { createEdgeGateway } from "./edge-gateway.ts";
import type { LambdaAccount } from "./lambda/lambda-account.ts";
import type { LambdaFunction } from "./lambda/lambda-function.ts";
import { standInEnvironment, startFunction } from "./lambda/start-function.ts";
import type { Deployed } from "./steps/deploy-step.ts";

export interface IdleDeploymentOptions {
  readonly deployed: Deployed;
  readonly moto: Emulator;
  readonly region: string;
}

/** A deployment whose fleet is at zero, with a table and queues that nobody else uses. */
export interface IdleDeployment {
  /** See `startFunction`. */
  readonly start: (name: string, changes?: { readonly [name: string]: string }, timeoutMs?: number) => LambdaFunction;
  /** The API behind the edge. @returns its address */
  readonly serve: (api: LambdaFunction) => Promise<string>;
  readonly headers: { readonly [name: string]: string };
  readonly fleet: Fleet;
  /** What a worker beside it is given. */
  readonly workerEnv: { readonly [name: string]: string };
}

/** Makes one in this account of Lambda, and ends what was started in it. */
export async function withIdleDeployment<T>(
  { deployed, moto, region }: IdleDeploymentOptions,
  account: LambdaAccount,
  work: (idle: IdleDeployment) => Promise<T>,
): Promise<T> {
  const { dynamodb, sqs } = moto.clients;
  const table = `idle-${ulid()}`;
  await createTable(dynamodb, table);
  const jobs = await createQueues(sqs, table, 5);
  const batch = await createQueues(sqs, `${table}-batch`, 5);
  const tables = await openAtomicTables(moto.endpoint);
  const aws = standInEnvironment(moto.endpoint, tables.endpoint, region);
  const own = {
    [environment.tableName]: table,
    [environment.queueUrl]: jobs.queueUrl,
    [environment.deadLetterQueueUrl]: jobs.deadLetterQueueUrl,
    [environment.batchQueueUrl]: batch.queueUrl,
    // Nobody is told of usage.
    [environment.usageExportUrl]: "",
  };
  const keys = new ApiKeys({ items: openDynamoItems({ client: dynamodb, table }), clock, newId: () => ulid() });
  const { id } = await keys.createAccount("test:cloud", { unlimited: true });
  const { value: key } = await keys.createKey(id);
  const fleet = openDeployedFleet(moto.endpoint, deployed);
  for (const kind of ["spot", "onDemand"] as const) await fleet.setDesired(kind, 0);

  const functions: LambdaFunction[] = [];
  const servers: Server[] = [];
  try {
    return await work({
      start(name, changes = {}, timeoutMs) {
        const made = startFunction(name, { deployed, aws, account }, { ...own, ...changes }, timeoutMs);
        functions.push(made);
        return made;
      },
      async serve(api) {
        const edge = createEdgeGateway({ api, images: { get: async () => undefined }, ...deployed.edge });
        servers.push(edge);
        await once(edge.listen(0, "127.0.0.1"), "listening");
        return `http://127.0.0.1:${(edge.address() as AddressInfo).port}`;
      },
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      fleet,
      workerEnv: { ...deployed.workerEnv, ...aws, ...own },
    });
  } finally {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await Promise.all(functions.map((one) => one.stop()));
    tables.close();
  }
}
