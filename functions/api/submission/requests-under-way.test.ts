import { expect, it } from "vitest";
import { RequestsUnderWay } from "./requests-under-way.ts";

const request = { keyId: "key_1", fingerprint: "f" };

it("waits for the equal requests that are under way, and for no others", async () => {
  const underWay = new RequestsUnderWay();
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let lost = false;
  underWay.add(request, { done, lost: () => lost });
  const seen: string[] = [];
  const settled = (name: string, of = request, which: "all" | "repeated" = "all") =>
    underWay.settled(of, which).then(() => seen.push(name));
  const all = [settled("all"), settled("lost", request, "repeated"), settled("other", { ...request, keyId: "key_2" })];
  await new Promise((next) => setImmediate(next));
  expect(seen.sort()).toEqual(["lost", "other"]);
  lost = true;
  all.push(settled("now lost", request, "repeated"));
  await new Promise((next) => setImmediate(next));
  expect(seen).toHaveLength(2);
  resolve();
  await Promise.all(all);
  await settled("later");
  expect(seen).toHaveLength(5);
});
