import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, it } from "vitest";
import { protectTable } from "./protect-table.ts";

it.each([
  [false, true, [{ TableName: "jobs", DeletionProtectionEnabled: true }]],
  [true, true, []],
  [undefined, false, []],
  [true, false, [{ TableName: "jobs", DeletionProtectionEnabled: false }]],
])("is protected: %s, to be: %s", async (DeletionProtectionEnabled, wanted, expected) => {
  const updates: object[] = [];
  const client = {
    async send(command: { readonly input: object }) {
      if (command.constructor.name === "UpdateTableCommand") updates.push(command.input);
      return { Table: { DeletionProtectionEnabled } };
    },
  } as unknown as DynamoDBClient;
  await protectTable(client, "jobs", wanted);
  expect(updates).toEqual(expected);
});
