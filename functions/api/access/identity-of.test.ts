import { expect, it } from "vitest";
import type { Account } from "../../../shared/access/account.ts";
import type { ApiKey } from "../../../shared/access/api-key.ts";
import { identityOf } from "./identity-of.ts";

const key = {
  id: "key_1",
  accountId: "acc_1",
  scopes: ["jobs:read"],
  limits: { requestsPerMinute: 5 },
} as unknown as ApiKey;

it("joins the rights of the key with the terms of its account", () => {
  const account = { id: "acc_1", terms: { unlimited: true } } as Account;
  expect(identityOf(key, account)).toMatchObject({
    accountId: "acc_1",
    keyId: "key_1",
    scopes: ["jobs:read"],
    limits: { requestsPerMinute: 5 },
    terms: { unlimited: true },
  });
});

it("grants no terms to an account that is not recorded", () => {
  expect(identityOf(key, undefined).terms).toEqual({});
});
