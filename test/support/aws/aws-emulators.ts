import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type AwsClients, createAwsClients } from "../../../shared/aws/clients.ts";

/** A stand-in for AWS that answers on the loopback. */
export interface Emulator {
  readonly endpoint: string;
  readonly clients: AwsClients;
  stop(): Promise<void>;
}

type Command = readonly [string, ...string[]];

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const startMs = 90_000;

/** `moto_server` (SQS, S3): named by `MOTO_SERVER`, or on the PATH. */
export function findMoto(): string | undefined {
  return findCommand(process.env.MOTO_SERVER || "moto_server");
}

/**
 * Folder of DynamoDB Local: named by `DYNAMODB_LOCAL_DIR`, or where `.ci/fetch-dynamodb-local.sh` puts it. Needs
 * `java`.
 */
export function findDynamoDbLocal(): string | undefined {
  const folder = process.env.DYNAMODB_LOCAL_DIR || join(repository, ".cache", "dynamodb-local");
  return existsSync(join(folder, "DynamoDBLocal.jar")) && findCommand("java") ? folder : undefined;
}

export function startMoto(): Promise<Emulator> {
  const moto = findMoto();
  if (!moto) throw new Error("moto_server was not found");
  return start((port) => [moto, "-H", "127.0.0.1", "-p", String(port)]);
}

export function startDynamoDbLocal(): Promise<Emulator> {
  const folder = findDynamoDbLocal();
  if (!folder) throw new Error("DynamoDB Local was not found");
  const jar = join(folder, "DynamoDBLocal.jar");
  const libraries = `-Djava.library.path=${join(folder, "DynamoDBLocal_lib")}`;
  const options = ["-inMemory", "-disableTelemetry"];
  // It writes a file of its own into the working folder.
  return start((port) => ["java", "-Xmx512m", libraries, "-jar", jar, ...options, "-port", String(port)], folder);
}

async function start(command: (port: number) => Command, cwd?: string): Promise<Emulator> {
  const port = await freePort();
  const [program, ...args] = command(port);
  // The supervisor ends the emulator when this process ends, however it ends: its standard input closes then.
  const supervisor = fileURLToPath(new URL("./aws-emulator-supervisor.ts", import.meta.url));
  const child = spawn(process.execPath, [supervisor, program, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    cwd,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output = (output + chunk).slice(-4000);
    });
  }
  let running = true;
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => {
      running = false;
      resolve();
    });
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startMs;
  while (!(await answers(endpoint))) {
    if (!running || performance.now() > deadline) {
      child.stdin.end();
      throw new Error(`${program} ${running ? "did not answer in time" : "ended"}; its output:\n${output}`);
    }
    await sleep(100);
  }
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const clients = createAwsClients({ region: "us-east-1", endpoint, credentials });
  return {
    endpoint,
    clients,
    async stop() {
      clients.close();
      child.stdin.end();
      await exited;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint, { signal: AbortSignal.timeout(2000) })).text();
    return true;
  } catch {
    return false;
  }
}

function findCommand(nameOrPath: string): string | undefined {
  const candidates = /[\\/]/.test(nameOrPath)
    ? [nameOrPath]
    : (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, nameOrPath));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
