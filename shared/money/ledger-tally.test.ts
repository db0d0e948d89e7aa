import { expect, it } from "vitest";
import type { LedgerEntry } from "./ledger.ts";
import { LedgerTally } from "./ledger-tally.ts";

const common = { accountId: "acc_1", at: 1, keyId: "key_1", month: "2026-01", jobId: "job_1" };
const credit = { id: "credit", kind: "credit", at: 1, accountId: "acc_1", available: 500, held: 0 } as const;
const reserve = { ...common, id: "reserve", kind: "reserve", available: -100, held: 100 } as const;
const usage = { charged: 60 } as LedgerEntry["usage"];
const settle = { ...common, id: "settle", kind: "settle", available: 40, held: -100, usage } as const;

function tally(entries: readonly LedgerEntry[]) {
  const differences: string[] = [];
  const sums = new LedgerTally("acc_1", (what, expected, found) => {
    if (expected !== found) differences.push(`${what}: ${expected}, found ${found}`);
  });
  const completed = entries.map((entry) => sums.add(entry)?.jobId);
  sums.end();
  return { sums, differences, completed };
}

it("adds up, and keeps nothing of a job that is settled", () => {
  const { sums, differences, completed } = tally([credit, reserve, settle]);
  expect(differences).toEqual([]);
  expect(completed).toEqual([undefined, undefined, "job_1"]);
  expect(sums).toMatchObject({ available: 440, held: 0, entries: 3 });
  expect(Object.fromEntries(sums.spent)).toEqual({ "account 2026-01": 60, "key_1 2026-01": 60 });
  expect(sums.open.size).toBe(0);
});

it("pairs a settlement that was read before its reservation", () => {
  const { differences, completed } = tally([credit, settle, reserve]);
  expect([differences, completed]).toEqual([[], [undefined, undefined, "job_1"]]);
});

it.each<[string, readonly LedgerEntry[], string]>([
  ["another account's entry", [{ ...credit, accountId: "acc_2" }], "account of credit: acc_1, found acc_2"],
  ["half a micro-unit", [{ ...credit, available: 0.5 }], "amounts of credit: whole micro-units, found 0.5 and 0"],
  ["a credit that holds", [{ ...credit, held: 1 }], "held of credit: 0, found 1"],
  ["a second reservation", [reserve, reserve], "reserve entries of job_1: 1, found 2"],
  ["a second settlement", [reserve, settle, settle], "settle entries of job_1: 1, found 2"],
  ["a settlement without reservation", [settle], "reserve of job_1: 1, found 0"],
  ["a reservation that holds too little", [{ ...reserve, held: 99 }], "reserve of job_1: 100, found 99"],
  [
    "a hold that ends in part",
    [reserve, { ...settle, held: -99 }],
    "hold that the settlement of job_1 ends: -100, found -99",
  ],
  ["a refund of more than was held", [reserve, { ...settle, available: 101 }], "refund of job_1: 0 to 100, found 101"],
  ["a charge that the refund contradicts", [reserve, { ...settle, available: 41 }], "charge of job_1: 59, found 60"],
  ["another key", [reserve, { ...settle, keyId: "key_2" }], "key of the settlement of job_1: key_1, found key_2"],
  [
    "another month",
    [reserve, { ...settle, month: "2026-02" }],
    "month of the settlement of job_1: 2026-01, found 2026-02",
  ],
])("notes %s", (_, entries, difference) => {
  expect(tally(entries).differences).toContain(difference);
});
