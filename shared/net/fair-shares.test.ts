import { expect, it } from "vitest";
import { FairShares } from "./fair-shares.ts";

it("leaves one host no more than its limit, whatever accounts send to it", () => {
  const shares = new FairShares({ total: 100, perHost: 2, perAccount: 10 });
  const end = shares.take({ accountId: "a", host: "dead.example" });
  shares.take({ accountId: "b", host: "dead.example" });
  expect(shares.hasRoom({ accountId: "c", host: "dead.example" })).toBe(false);
  expect(shares.hasRoom({ accountId: "c", host: "good.example" })).toBe(true);
  end();
  expect(shares.hasRoom({ accountId: "c", host: "dead.example" })).toBe(true);
});

it("shrinks an account's share to an eighth of what is left, and never below one", () => {
  const shares = new FairShares({ total: 32, perHost: 32, perAccount: 16 });
  const begun = { big: 0, small: 0 };
  for (const accountId of ["big", "small"] as const) {
    while (shares.hasRoom({ accountId })) {
      shares.take({ accountId, host: "good.example" });
      begun[accountId]++;
    }
  }
  // 32 free give 4; after three attempts 29 are free, which give 3. The next account has floor(29 / 8) = 3 as well.
  expect(begun).toEqual({ big: 3, small: 3 });
  for (let i = 0; i < 25; i++) shares.take({ accountId: `other ${i}`, host: "good.example" });
  expect([shares.isFull, shares.hasRoom({ accountId: "late" })]).toEqual([false, true]);
  shares.take({ accountId: "late", host: "good.example" });
  expect([shares.isFull, shares.hasRoom({ accountId: "late" })]).toEqual([true, false]);
});
