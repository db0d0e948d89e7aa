import { expect, it } from "vitest";
import { oneAtATime } from "./one-at-a-time.ts";

it("does one piece of work after another, also after one that failed", async () => {
  const inTurn = oneAtATime();
  const told: string[] = [];
  const work = (name: string) => async () => {
    told.push(`${name} begins`);
    await Promise.resolve();
    told.push(`${name} ends`);
    if (name === "b") throw new Error("b failed");
    return name;
  };
  const done = await Promise.allSettled(["a", "b", "c"].map((name) => inTurn(work(name))));
  expect(told).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  expect(done.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(done[2]).toMatchObject({ value: "c" });
});

it("refuses what would be too much, until there is room again", async () => {
  const inTurn = oneAtATime({ most: 2, tooMany: "too many files" });
  const [first, second] = [inTurn(async () => 1), inTurn(async () => 2)];
  expect(() => inTurn(async () => 3)).toThrow(
    expect.objectContaining({ code: "service_busy", message: "too many files" }),
  );
  await Promise.all([first, second]);
  expect(await inTurn(async () => 4)).toBe(4);
});
