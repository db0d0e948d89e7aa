import { Hono } from "hono";
import { NotFoundError } from "../../../../shared/errors.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import { requestOrigin } from "../../http/request-links.ts";
import { presentReplicateModel, presentVersion, servedModel } from "./model-names.ts";

/** Models and their versions, of which each has one. */
export function modelRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, models } = dependencies;
  return new Hono<ApiEnv>()
    .get("/v1/models/:owner/:name", authenticate("models:read"), (c) => {
      const { model, name } = servedModel(models, `${c.req.param("owner")}/${c.req.param("name")}`);
      return c.json(presentReplicateModel(model, requestOrigin(c, dependencies), name));
    })
    .get("/v1/models/:owner/:name/versions", authenticate("models:read"), (c) => {
      const { model } = servedModel(models, `${c.req.param("owner")}/${c.req.param("name")}`);
      return c.json({ previous: null, next: null, results: [presentVersion(model)] });
    })
    .get("/v1/models/:owner/:name/versions/:version", authenticate("models:read"), (c) => {
      const { model } = servedModel(models, `${c.req.param("owner")}/${c.req.param("name")}`);
      const version = presentVersion(model);
      if (version.id === c.req.param("version")) return c.json(version);
      throw new NotFoundError("version_not_found", `the version of this model is ${version.id}`, {
        param: "version",
      });
    });
}
