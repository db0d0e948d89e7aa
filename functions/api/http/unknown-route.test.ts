import { Hono } from "hono";
import { expect, it } from "vitest";
import type { ApiEnv } from "../dependencies.ts";
import { ApiError } from "../problems/api-error.ts";
import { unknownRoute } from "./unknown-route.ts";

const app = new Hono<ApiEnv>()
  .use(async (_, next) => next())
  .get("/v1/jobs", (c) => c.text(""))
  .post("/v1/jobs", (c) => c.text(""))
  .delete("/v1/jobs/:id", (c) => c.text(""));
const errorOf = unknownRoute(app);

it("refuses a path that no route has, although middleware takes every path", () => {
  const error = errorOf({ method: "GET", path: "/v2/jobs" });
  expect(error).toMatchObject({ code: "route_not_found" });
  expect(error.message).toBe("there is no GET /v2/jobs here; see /openapi.json");
});

it("says what is served instead", () => {
  expect(errorOf({ method: "GET", path: "/x" }, "see /docs").message).toBe("there is no GET /x here; see /docs");
});

it("names the methods that the path has, with HEAD beside GET", () => {
  const error = errorOf({ method: "PUT", path: "/v1/jobs" });
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 405, code: "method_not_allowed", headers: { allow: "GET, HEAD, POST" } });
  expect(error.message).toBe("there is no PUT /v1/jobs; the methods of this path are GET, HEAD, POST");
});

it("finds the methods of a path with an id", () => {
  const error = errorOf({ method: "GET", path: "/v1/jobs/job_1" });
  expect(error).toMatchObject({ code: "method_not_allowed", headers: { allow: "DELETE" } });
});

it("repeats no more than a hundred characters of a path", () => {
  const { message } = errorOf({ method: "GET", path: `/${"a".repeat(5_000)}` });
  expect(message).toBe(`there is no GET /${"a".repeat(99)} here; see /openapi.json`);
});
