import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { catalogRoutes } from "./routes/catalog-routes.ts";
import { imageRoutes } from "./routes/image-routes.ts";
import { optionRoutes } from "./routes/option-routes.ts";
import { pngInfoRoute } from "./routes/png-info-route.ts";
import { progressRoutes } from "./routes/progress-routes.ts";

export function a1111Routes(given: RouteDependencies): Hono<ApiEnv> {
  const authenticate: RouteDependencies["authenticate"] = (scope) =>
    given.authenticate(scope, { withoutKey: given.a1111Key });
  const dependencies = { ...given, authenticate };
  return (
    new Hono<ApiEnv>()
      .route("/sdapi/v1", imageRoutes(dependencies))
      .route("/sdapi/v1", progressRoutes(dependencies))
      .route("/sdapi/v1", optionRoutes(dependencies))
      .route("/sdapi/v1", catalogRoutes(dependencies))
      .route("/sdapi/v1", pngInfoRoute(dependencies))
      // A plugin asks this before anything else, to see whether the service is there.
      .get("/queue/status", authenticate("models:read"), (c) => c.json({ msg: "estimation", queue_size: 0 }))
  );
}
