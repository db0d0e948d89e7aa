import { Hono } from "hono";
import type { ApiEnv, RouteDependencies } from "../../../dependencies.ts";
import { listLoras } from "../account-loras.ts";
import { samplers } from "../samplers.ts";

/** The lists that tools ask for when they connect. What does not exist here is an empty list. */
export function catalogRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, models } = dependencies;
  const mayRead = authenticate("models:read");
  const routes = new Hono<ApiEnv>()
    .get("/sd-models", mayRead, async (c) =>
      c.json(
        models.map(({ id }) => ({ title: id, model_name: id, hash: null, sha256: null, filename: id, config: null })),
      ),
    )
    .get("/loras", mayRead, async (c) => {
      const loras = await listLoras(c.get("identity").accountId, dependencies);
      return c.json(loras.map(({ name, id }) => ({ name, alias: name, path: id, metadata: {} })));
    })
    .get("/samplers", mayRead, (c) => c.json(samplers.map(({ name, aliases }) => ({ name, aliases, options: {} }))));
  for (const [path, body] of Object.entries(fixed)) routes.get(path, mayRead, (c) => c.json(body));
  // Both lists are always fresh.
  for (const path of ["/refresh-checkpoints", "/refresh-loras", "/refresh-vae"]) {
    routes.post(path, mayRead, (c) => c.json(null));
  }
  return routes;
}

const fixed = {
  "/schedulers": [{ name: "automatic", label: "Automatic", aliases: null, default_rho: -1, need_inner_model: false }],
  // `enable_hr` draws the second pass at twice the sides, by whichever name a tool has for that.
  "/upscalers": [{ name: "None", model_name: null, model_path: null, model_url: null, scale: 2 }],
  "/latent-upscale-modes": [{ name: "Latent" }],
  "/sd-vae": [],
  "/sd-modules": [],
  "/embeddings": { loaded: {}, skipped: {} },
  "/hypernetworks": [],
  "/face-restorers": [],
  "/realesrgan-models": [],
  "/prompt-styles": [],
  "/extensions": [],
  "/scripts": { txt2img: [], img2img: [] },
  "/script-info": [],
  // These would be figures of the API machine, which draws nothing.
  "/memory": { ram: { error: "unavailable" }, cuda: { error: "unavailable" } },
  "/cmd-flags": { api: true, nowebui: true },
} as const;
