import { describe, expect, it } from "vitest";
import { LambdaAccount } from "./lambda-account.ts";

describe("an account", () => {
  it("invokes as many at once as it may, and refuses the rest with 429", () => {
    const account = new LambdaAccount({ concurrency: 2 });
    const end = account.take("api");
    account.take("api");
    expect(() => account.take("tick")).toThrow(
      expect.objectContaining({ status: 429, message: "tick: Rate Exceeded." }),
    );
    expect(account.throttles).toEqual(new Map([["tick", 1]]));
    end();
    end();
    account.take("tick");
    expect(() => account.take("tick")).toThrow("Rate Exceeded");
  });

  it("keeps what is reserved for its function, which gets no more", () => {
    const account = new LambdaAccount({ concurrency: 4, leastUnreserved: 2 });
    account.reserve("tick", 1);
    for (let n = 0; n < 3; n++) account.take("api");
    expect(() => account.take("api")).toThrow("Rate Exceeded");
    account.take("tick");
    expect(() => account.take("tick")).toThrow("Rate Exceeded");
  });

  it("lets a new account reserve nothing", () => {
    const account = new LambdaAccount({ concurrency: 10 });
    expect(() => account.reserve("tick", 1)).toThrow("below its minimum value of [100]");
    const old = new LambdaAccount({ concurrency: 1_000 });
    old.reserve("tick", 900);
    old.reserve("tick", 800);
    expect(() => old.reserve("api", 101)).toThrow("minimum value");
  });
});
