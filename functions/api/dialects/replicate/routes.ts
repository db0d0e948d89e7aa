import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { modelRoutes } from "./model-routes.ts";
import { predictionRoutes } from "./prediction-routes.ts";

export function replicateRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .route("/", predictionRoutes(dependencies))
    .route("/", modelRoutes(dependencies))
    .get("/v1/account", dependencies.authenticate("jobs:read"), (c) => {
      const { accountId } = c.get("identity");
      return c.json({ type: "user", username: accountId, name: accountId, github_url: null });
    });
}
