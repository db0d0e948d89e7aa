import { Hono } from "hono";
import type * as z from "zod";
import { type PublishedAdapter, readPublishedAdapters } from "../../../shared/request/worker-models.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import type { adapterListSchema, adapterSchema } from "./adapter-responses.ts";

/** `GET /v1/adapters`: the LoRAs and ControlNets that requests may name. */
export function adaptersRoute({ items, clock, authenticate }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/", authenticate("models:read"), async (c) => {
    const { loras, controlnets } = await readPublishedAdapters(items, clock.now());
    const list: z.infer<typeof adapterListSchema> = {
      object: "list",
      loras: loras.map(presentAdapter),
      controlnets: controlnets.map(presentAdapter),
    };
    return c.json(list);
  });
}

function presentAdapter({
  id,
  rank,
  base,
  sha256,
  triggerWords = [],
}: PublishedAdapter): z.infer<typeof adapterSchema> {
  return {
    id,
    object: "adapter",
    rank: rank ?? null,
    base: base ?? null,
    sha256: sha256 ?? null,
    trigger_words: [...triggerWords],
  };
}
