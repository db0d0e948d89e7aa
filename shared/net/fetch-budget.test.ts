import { expect, it } from "vitest";
import { LimitError } from "../errors.ts";
import { systemClock } from "../ports/clock.ts";
import { FetchBudget } from "./fetch-budget.ts";

const limits = { clock: systemClock, total: 100, perAccount: 2, perHost: 2, waitMs: 40, maxWaiting: 3 };
const silent = () => new Promise<never>(() => {});

it("leaves other accounts their turn beside one whose host is silent", async () => {
  const fetches = new FetchBudget(limits);
  const url = "https://silent.example/a.png";
  const stuck = Array.from({ length: 10 }, () => fetches.run({ accountId: "a", url }, silent));
  const refused = Promise.allSettled(stuck.slice(2));
  const other = { accountId: "b", url: "https://good.example/b.png" };
  expect(await fetches.run(other, async () => "fetched")).toBe("fetched");
  // Two are under way for good; three waited in vain, five were refused at once.
  const errors = (await refused).map((result) => result.status === "rejected" && (result.reason as LimitError));
  expect(errors).toHaveLength(8);
  for (const error of errors) {
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ code: "too_many_fetches", retryAfterS: 15 });
  }
});

it("holds no more than its limit to one host, whoever asks", async () => {
  const fetches = new FetchBudget(limits);
  const url = "https://silent.example/a.png";
  for (const accountId of ["a", "b"]) void fetches.run({ accountId, url }, silent);
  await expect(fetches.run({ accountId: "c", url }, silent)).rejects.toMatchObject({ code: "too_many_fetches" });
});

it("gives the turn of a fetch that ends to the first that waits and has room", async () => {
  const fetches = new FetchBudget({ ...limits, waitMs: 10_000 });
  const order: string[] = [];
  const ends: (() => void)[] = [];
  const fetch = (name: string) =>
    fetches.run({ accountId: "a", url: `https://one.example/${name}` }, async () => {
      order.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
    });
  const all = ["1", "2", "3", "4"].map((name) => fetch(name));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  expect(order).toEqual(["1", "2"]);
  ends[1]?.();
  await settled();
  expect(order).toEqual(["1", "2", "3"]);
  for (let i = 0; i < 4; i++) {
    for (const end of ends) end();
    await settled();
  }
  await Promise.all(all);
  expect(order).toEqual(["1", "2", "3", "4"]);
});

it("gives the turn on when a fetch fails", async () => {
  const fetches = new FetchBudget({ ...limits, perAccount: 1 });
  const to = { accountId: "a", url: "https://one.example/" };
  const failed = fetches.run(to, () => Promise.reject(new Error("refused")));
  const next = fetches.run(to, async () => "next");
  await expect(failed).rejects.toThrow("refused");
  expect(await next).toBe("next");
});
