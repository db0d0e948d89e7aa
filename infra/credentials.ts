import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { createDynamoDbClient } from "../shared/aws/dynamodb-client.ts";
import { openDynamoItems } from "../shared/aws/items.ts";
import { openKmsSigner } from "../shared/aws/kms-signer.ts";
import { InvalidInputError, PipelineError } from "../shared/errors.ts";
import { systemClock } from "../shared/ports/clock.ts";
import type { Items } from "../shared/ports/items.ts";
import { runCommand } from "../shared/process/command-line.ts";
import { certificateRequest } from "../shared/provenance/signing/certificate-request.ts";
import { chainFault } from "../shared/provenance/signing/check-chain.ts";
import type { KeySigner } from "../shared/provenance/signing/key-signer.ts";
import { pemCertificates } from "../shared/provenance/signing/pem-certificates.ts";
import { addChain, readChains } from "../shared/provenance/signing/stored-chains.ts";

const help = `npm run credentials -- show|request|use FILE [options]

The certificates of the key of KMS that signs the images and records of a deployment on AWS. Until others are put to use, they are
self-made, and say so: readers find the signature valid, and its signer unknown.

  show       prints the certificates in use as PEM, and on standard error what each one is; those of earlier days are still known
  request    prints a request (PKCS #10) signed by the key, from which an authority issues a certificate
             --subject NAME   default: CN=Z-Image pipeline
  use FILE   puts the certificates of FILE to use, PEM: the key's own first, each signed by the next. Checked first. Workers sign
             with them from their next start, the roots of days from the next function that starts

  --environment NAME   which deployment; default dev
  --help               this text

AWS_REGION says where. Needs to read the stack and its table; request needs kms:Sign, use kms:GetPublicKey.
`;

type Options = ReturnType<typeof readOptions>;

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (!region) throw badOption("AWS_REGION is not set; for example AWS_REGION=eu-central-1");
  const { table, key } = await readStack(region, options.environment);
  const client = createDynamoDbClient({ region });
  const signer = openKmsSigner(key);
  try {
    await run(options, openDynamoItems({ client, table }), signer);
    return 0;
  } finally {
    signer.close();
    client.destroy();
  }
}

async function run({ command, file, subject }: Options, items: Items, signer: KeySigner): Promise<void> {
  if (command === "request") {
    process.stdout.write(await certificateRequest(signer, subject));
  } else if (command === "show") {
    await show(items, signer.key);
  } else {
    const pem = await readFile(file, "utf8").catch((error: Error) => {
      throw badOption(`${file} cannot be read: ${error.message}`);
    });
    const chain = parsed(file, pem);
    const now = systemClock.now();
    const fault = chainFault(chain, await signer.publicKey(), now);
    if (fault !== undefined) throw new PipelineError("invalid_file", `${file}: ${fault}`);
    await addChain(items, { key: signer.key, pem: chain.join("") }, now);
    process.stdout.write(`in use: ${chain.map(({ subject: name }) => name.replaceAll("\n", ", ")).join(" < ")}\n`);
  }
}

function parsed(file: string, pem: string) {
  try {
    return pemCertificates(pem);
  } catch (error) {
    throw new PipelineError("invalid_file", `${file} must hold certificates in PEM: ${(error as Error).message}`);
  }
}

async function show(items: Items, key: string): Promise<void> {
  const chains = await readChains(items);
  const current = chains.find((chain) => chain.key === key);
  if (current === undefined)
    throw new PipelineError("not_found", "the key has not signed yet; the first worker makes its certificates");
  for (const chain of chains) {
    for (const { subject, validTo } of pemCertificates(chain.pem)) {
      const use = chain === current ? "in use " : "earlier";
      process.stderr.write(`${use}  until ${validTo}  ${subject.replaceAll("\n", ", ")}\n`);
    }
  }
  process.stdout.write(current.pem);
}

async function readStack(
  region: string,
  environment: string,
): Promise<{ readonly table: string; readonly key: string }> {
  const StackName = `ZImage-${environment}`;
  const client = new CloudFormationClient({ region });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName })).finally(() => client.destroy());
  const output = (name: string) => Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
  const [table, key] = [output("TableName"), output("SigningKeyArn")];
  if (table === undefined || key === undefined) {
    throw new PipelineError("not_found", `${StackName} in ${region} signs nothing; deploy it with -c signing=create`);
  }
  return { table, key };
}

function readOptions(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = { environment: text, subject: text, help: { type: "boolean", short: "h" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [command, file = "", ...more] = positionals;
    const { help: isHelp = false, environment = "dev", subject = "CN=Z-Image pipeline" } = values;
    const isCommand = command === "show" || command === "request" || command === "use";
    if (!isHelp && (!isCommand || more.length > 0 || (command === "use") !== (file !== ""))) {
      throw new Error(`expected show, request, or use FILE, got ${JSON.stringify(positionals.join(" "))}`);
    }
    return { help: isHelp, command: command as "show" | "request" | "use", file, environment, subject };
  } catch (error) {
    throw badOption((error as Error).message.split("\n")[0]!);
  }
}

function badOption(message: string): InvalidInputError {
  return new InvalidInputError("bad_option", `${message}; see: npm run credentials -- --help`);
}

await runCommand(() => main(process.argv.slice(2), process.env));
