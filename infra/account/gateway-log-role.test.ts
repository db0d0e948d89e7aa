import { BadRequestException } from "@aws-sdk/client-api-gateway";
import { EntityAlreadyExistsException } from "@aws-sdk/client-iam";
import { expect, it } from "vitest";
import { type AccountClients, ensureGatewayLogRole } from "./gateway-log-role.ts";

const arn = "arn:aws:iam::123456789012:role/z-image-api-gateway-logs";

interface Account {
  role?: string;
  readonly existing?: boolean;
  /** Times that API Gateway does not know the new role yet. */
  unknownFor?: number;
}

/** An account that keeps the role it is given, and the commands that were sent. */
function accountWith(account: Account) {
  const sent: string[] = [];
  const note = (command: object) => sent.push(command.constructor.name);
  const clients = {
    apiGateway: {
      async send(command: { readonly input: { readonly patchOperations?: readonly { readonly value?: string }[] } }) {
        note(command);
        const [patch] = command.input.patchOperations ?? [];
        if (patch !== undefined && (account.unknownFor ?? 0) > 0) {
          account.unknownFor!--;
          throw new BadRequestException({ message: "The role ARN does not have required permissions", $metadata: {} });
        }
        account.role = patch?.value ?? account.role;
        return { cloudwatchRoleArn: account.role };
      },
    },
    iam: {
      async send(command: object) {
        note(command);
        if (account.existing && command.constructor.name === "CreateRoleCommand") {
          throw new EntityAlreadyExistsException({ message: "exists", $metadata: {} });
        }
        return { Role: { Arn: arn } };
      },
    },
    clock: { sleep: async () => {} },
  } as unknown as AccountClients;
  return { clients, sent, account };
}

it("leaves a role that is set", async () => {
  const { clients, sent } = accountWith({ role: "arn:aws:iam::123456789012:role/theirs" });
  expect(await ensureGatewayLogRole(clients)).toBe(false);
  expect(sent).toEqual(["GetAccountCommand"]);
});

it("makes the role and sets it, and waits until API Gateway knows it", async () => {
  const { clients, sent, account } = accountWith({ unknownFor: 2 });
  expect(await ensureGatewayLogRole(clients)).toBe(true);
  expect(account.role).toBe(arn);
  expect(sent.slice(1, 3)).toEqual(["CreateRoleCommand", "AttachRolePolicyCommand"]);
  expect(sent.filter((name) => name === "UpdateAccountCommand")).toHaveLength(3);
});

it("takes the role of a deployment to another region", async () => {
  const { clients, account } = accountWith({ existing: true });
  expect(await ensureGatewayLogRole(clients)).toBe(true);
  expect(account.role).toBe(arn);
});

it("ends with AWS's own message where the role is not taken for long", async () => {
  const { clients } = accountWith({ unknownFor: 100 });
  await expect(ensureGatewayLogRole(clients)).rejects.toThrow("required permissions");
});
