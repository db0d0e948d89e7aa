import { Hono } from "hono";
import { expect, it } from "vitest";
import type { ApiEnv } from "../dependencies.ts";
import type { Dialect } from "./dialect.ts";
import { ownedPaths } from "./owned-paths.ts";

const routes = () =>
  new Hono<ApiEnv>()
    .post("/v1/drawings", (c) => c.body(null))
    .get("/v1/drawings/:id{dr_[^/]+}", (c) => c.body(null))
    .put("/drawings/upload/:key{.+}", (c) => c.body(null));

const dialect: Dialect = {
  name: "drawings",
  routes,
  errorResponse: () => new Response(),
  alsoOwns: ["/v1/models", "/drawings/*"],
  sharedPaths: { "/v1/drawings": (headers) => headers.get("x-drawings") === "yes" },
};

it.each([
  ["/v1/drawings/dr_1", true],
  ["/v1/drawings/job_1", false],
  ["/v1/drawings/dr_1/more", false],
  ["/drawings/upload/a/b.png", true],
  ["/drawings/unknown", true],
  ["/v1/models", true],
  ["/v1/models/x", false],
  ["/v1/jobs", false],
])("owns %s: %s", (path, owned) => {
  expect(ownedPaths(dialect, routes())(path, new Headers())).toBe(owned);
});

it("owns a shared path only for the requests that are its own", () => {
  const owns = ownedPaths(dialect, routes());
  expect(owns("/v1/drawings", new Headers({ "x-drawings": "yes" }))).toBe(true);
  expect(owns("/v1/drawings", new Headers())).toBe(false);
});
