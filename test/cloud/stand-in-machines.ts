import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { buffer, text } from "node:stream/consumers";
import type { MachineKind } from "../../functions/tick/canary.ts";
import type { Fleet } from "../../functions/tick/ecs-fleet.ts";

const root = resolve(import.meta.dirname, "../..");

/** One machine with the one task that it was started for. */
export interface Machine {
  readonly kind: MachineKind;
  readonly worker: ChildProcess;
  /** Whether the machine's metadata says that it will be taken away. */
  isNoticed: boolean;
  /** Whether its task may be stopped by a smaller fleet, as the worker told the agent of ECS, each time. */
  readonly protections: boolean[];
}

export interface StandInMachinesOptions {
  /** The stand-in's ECS, which starts nothing. */
  readonly endpoint: string;
  readonly fleet: Fleet;
  /** Names of the two services. */
  readonly services: { readonly [K in MachineKind]: string };
  /** What a worker is given, and the folder of its weights. */
  readonly workerEnv: { readonly [name: string]: string };
  readonly modelDir: (machine: number) => { readonly [name: string]: string };
}

/**
 * What AWS does for the two services: starts a machine for each task that is wanted, where there is one to be had;
 * announces that a spot machine will be taken away, and takes it, with or without a word. Machines are worker
 * processes; each finds its metadata and its agent of ECS under addresses of its own.
 */
export class StandInMachines {
  /** Whether the region has spot machines. */
  hasSpot = true;
  readonly machines = new Set<Machine>();
  readonly #options: StandInMachinesOptions;
  readonly #server: Server;
  readonly #byNumber: Machine[] = [];

  private constructor(options: StandInMachinesOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async open(options: StandInMachinesOptions): Promise<StandInMachines> {
    const machines = new StandInMachines(options);
    await once(machines.#server.listen(0, "127.0.0.1"), "listening");
    return machines;
  }

  /** ECS as the tick is to see it: with tasks that run. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Starts what the services want and have not. */
  async provide(): Promise<void> {
    const counts = await this.#options.fleet.counts();
    for (const kind of ["spot", "onDemand"] as const) {
      for (let n = this.#running(kind); n < counts[kind].desired; n++) {
        if (kind === "onDemand" || this.hasSpot) this.#start(kind);
      }
    }
  }

  /** The notice of two minutes, in the machine's metadata. @returns the worker's exit, when it has left by itself */
  async announceInterruption(machine: Machine): Promise<number | null> {
    machine.isNoticed = true;
    const [code] = machine.worker.exitCode === null ? await once(machine.worker, "exit") : [machine.worker.exitCode];
    this.machines.delete(machine);
    return code;
  }

  /** The machine is gone, without a word. */
  async takeAway(machine: Machine): Promise<void> {
    const gone = once(machine.worker, "exit");
    machine.worker.kill("SIGKILL");
    await gone;
    this.machines.delete(machine);
  }

  async close(): Promise<void> {
    await Promise.all([...this.machines].map((one) => this.takeAway(one)));
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #running(kind: MachineKind): number {
    return [...this.machines].filter((one) => one.kind === kind).length;
  }

  #start(kind: MachineKind): void {
    const number = this.#byNumber.length;
    const { workerEnv, modelDir } = this.#options;
    const worker = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(root, "gpu-worker/main.ts")],
      {
        env: {
          ...workerEnv,
          ...modelDir(number),
          ECS_AGENT_URI: `${this.endpoint}/agent/${number}`,
          AWS_EC2_METADATA_SERVICE_ENDPOINT: `${this.endpoint}/metadata/${number}`,
        },
        stdio: ["ignore", process.env.CLOUD_TEST_LOGS ? "inherit" : "ignore", "inherit"],
      },
    );
    const machine: Machine = { kind, worker, isNoticed: false, protections: [] };
    this.#byNumber.push(machine);
    this.machines.add(machine);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, part, number, ...rest] = (request.url ?? "").split("/");
    const machine = this.#byNumber[Number(number)];
    if (part === "metadata") {
      if (request.method === "PUT") return void response.end("token");
      const asksForAction = rest.join("/") === "latest/meta-data/spot/instance-action";
      response.writeHead(asksForAction && machine?.isNoticed ? 200 : 404).end('{"action":"terminate"}');
    } else if (part === "agent") {
      machine?.protections.push(JSON.parse(await text(request)).ProtectionEnabled);
      response.end("{}");
    } else {
      await this.#answerForEcs(request, response);
    }
  }

  /** The stand-in's own answer, with the number of tasks that run. */
  async #answerForEcs(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
    const answer = await fetch(`${this.#options.endpoint}${request.url}`, {
      method: request.method,
      headers: headers as Record<string, string>,
      body: await buffer(request),
    });
    const body = (await answer.json()) as {
      services?: { serviceName: string; serviceArn: string; runningCount: number }[];
    };
    for (const service of body.services ?? []) {
      for (const kind of ["spot", "onDemand"] as const) {
        const name = this.#options.services[kind];
        if ([service.serviceName, service.serviceArn].includes(name)) service.runningCount = this.#running(kind);
      }
    }
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
  }
}
