import { describe, expect, it } from "vitest";
import { directTarget, proxiedTarget } from "./target.ts";

describe("the target of a proxied request", () => {
  it("is a host of fal's and a decoded path with its query", () => {
    const { query, ...target } = proxiedTarget("https://queue.fal.run/fal-ai/z%2Dimage/a%20b?logs=1");
    expect(target).toEqual({ host: "queue", path: "/fal-ai/z-image/a b" });
    expect(query.get("logs")).toBe("1");
    expect(proxiedTarget("https://rest.alpha.fal.ai/storage").host).toBe("rest");
  });

  it.each([
    [undefined],
    ["queue.fal.run/x"],
    ["http://fal.run/x"],
    ["https://fal.run.evil.example/x"],
    ["https://fal.run@evil.example/x"],
    ["https://fal.run:8443/x"],
    ["https://toString/x"],
    ["https://constructor/x"],
  ])("may not be %s", (header) => {
    expect(() => proxiedTarget(header)).toThrow(expect.objectContaining({ param: "x-fal-target-url" }));
  });

  it("keeps a path that is not UTF-8 as it came", () => {
    expect(proxiedTarget("https://fal.run/%ff").path).toBe("/%ff");
  });
});

it("is read from the path of a direct request", () => {
  const { host, path } = directTarget(new URL("https://api.example.com/fal/run/fal-ai/z%20image"));
  expect([host, path]).toEqual(["run", "/fal-ai/z image"]);
});
