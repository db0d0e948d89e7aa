import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { environment } from "../../../shared/environment.ts";
import { desiredWorkers } from "../deployed-fleet.ts";
import { type IdleDeployment, type IdleDeploymentOptions, withIdleDeployment } from "../idle-deployment.ts";
import { LambdaAccount } from "../lambda/lambda-account.ts";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { type Machine, StandInMachines } from "../stand-in-machines.ts";

/** Nothing here takes longer than this, also on a machine that does other things. */
const patienceMs = 240_000;
/** How long a worker's hold on a job lasts, and a request for a spot machine is waited for: minutes on AWS. */
const leaseMs = 6_000;
const spotGraceS = 3;

/**
 * What happens to spot machines, to one job that takes long: its machine is to be taken away; the next is, without a
 * word; then there is none to be had. The job is given back, found again, and drawn on demand, once.
 */
export async function loseSpotMachines(options: IdleDeploymentOptions & { readonly work: string }): Promise<string[]> {
  const { deployed, moto, work } = options;
  const tickEnv = deployed.functions.Tick!.env;
  return withIdleDeployment(options, new LambdaAccount({ concurrency: 10 }), async (idle) => {
    const market = await StandInMachines.open({
      endpoint: moto.endpoint,
      fleet: idle.fleet,
      services: { spot: tickEnv[environment.spotServiceName]!, onDemand: tickEnv[environment.onDemandServiceName]! },
      workerEnv: {
        ...idle.workerEnv,
        [environment.device]: "cpu",
        [environment.leaseMs]: String(leaseMs),
        // Less than the job takes, so that it is given back.
        [environment.graceMs]: "1",
      },
      modelDir: (machine) => ({ [environment.modelDir]: join(work, `machine-${machine}`, "model") }),
    });
    try {
      const scaling = { ...JSON.parse(tickEnv[environment.scaling]!), spotGraceS };
      const tick = idle.start("Tick", {
        AWS_ENDPOINT_URL_ECS: market.endpoint,
        [environment.scaling]: JSON.stringify(scaling),
      });
      const api = idle.start("ApiFunction");
      return await drawThrough(idle, { market, tick, url: await idle.serve(api) });
    } finally {
      await market.close();
    }
  });
}

interface Region {
  readonly market: StandInMachines;
  readonly tick: LambdaFunction;
  readonly url: string;
}

async function drawThrough(idle: IdleDeployment, { market, tick, url }: Region): Promise<string[]> {
  const { headers, fleet } = idle;
  const body = JSON.stringify({ prompt: "a penguin", width: 256, height: 256, steps: 40, n: 2, seed: 7 });
  const submitted = await fetch(`${url}/v1/jobs`, { method: "POST", headers, body });
  assert.equal(submitted.status, 202);
  const { id } = (await submitted.json()) as { readonly id: string };
  const look = async () =>
    (await (await fetch(`${url}/v1/jobs/${id}`, { headers })).json()) as {
      readonly status: string;
      readonly images?: readonly unknown[];
    };
  /** The clock and AWS go on until the job is there. */
  const until = async (status: string) => {
    for (const end = performance.now() + patienceMs; ; ) {
      const job = await look();
      if (job.status === status) return job;
      assert.ok(performance.now() < end, `the job is ${job.status}, not ${status}`);
      await tick.invoke({});
      await market.provide();
      await sleep(500);
    }
  };
  const only = (): Machine => {
    assert.equal(market.machines.size, 1);
    return [...market.machines][0]!;
  };

  await until("running");
  assert.deepEqual(await desiredWorkers(fleet), { spot: 1, onDemand: 0 });
  const noticed = only();
  assert.equal(await market.announceInterruption(noticed), 0, "the worker leaves before its machine is taken away");
  assert.equal((await look()).status, "queued", "the job is given back at once");
  const { protections } = noticed;
  assert.deepEqual(
    [protections[0], protections.at(-1)],
    [true, false],
    "a smaller fleet could not stop it while it held the job",
  );

  await until("running");
  const reclaimed = only();
  assert.equal(reclaimed.kind, "spot");
  await market.takeAway(reclaimed);
  market.hasSpot = false;
  const { images = [] } = await until("succeeded");
  assert.equal(only().kind, "onDemand", "the job is drawn on demand, since no spot machine is to be had");
  assert.equal(images.length, 2);
  assert.equal((await desiredWorkers(fleet)).spot, 0, "no spot machine is asked for meanwhile");
  const history = await (await fetch(`${url}/v1/jobs/${id}/events`, { headers })).text();
  const started = history.match(/^event: started$/gm)?.length;
  assert.equal(started, 3, `three machines began it: ${history}`);
  return ["one job lost two spot machines, one with notice and one without, and was drawn on demand"];
}
