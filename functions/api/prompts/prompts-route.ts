import { type Context, Hono } from "hono";
import type * as z from "zod";
import { NotFoundError } from "../../../shared/errors.ts";
import { findModel } from "../../../shared/model-catalog/model-catalog.ts";
import { type AccountPrompt, AccountPrompts } from "../../../shared/prompts/account-prompts.ts";
import { variablesOf } from "../../../shared/prompts/prompt-variables.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { isoTime } from "../http/iso-time.ts";
import { readJsonBody } from "../http/json-body.ts";
import { queryParameters } from "../http/query-parameters.ts";
import { requestOrigin } from "../http/request-links.ts";
import { exampleIds, readExample, readLibrary, suits } from "./library.ts";
import {
  changedContent,
  contentOf,
  libraryQuerySchema,
  promptChangeSchema,
  promptListQuerySchema,
  promptRequestSchema,
} from "./prompt-request.ts";
import type { deletedPromptSchema, promptLibrarySchema, promptPageSchema, promptSchema } from "./prompt-responses.ts";

const noStore = { "Cache-Control": "no-store" };

/** `/v1/prompts`: the prompts that an account keeps, and those that come with the program. */
export function promptsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate } = dependencies;
  const prompts = new AccountPrompts(dependencies);
  const accountOf = (c: Context<ApiEnv>) => c.get("identity").accountId;
  return new Hono<ApiEnv>()
    .get("/library", authenticate("models:read"), async (c) => c.json(await library(c, dependencies), 200, noStore))
    .get("/library/:id/example", async (c) => {
      const id = c.req.param("id");
      const bytes = await readExample(id);
      if (bytes === undefined) {
        throw new NotFoundError("image_not_found", `there is no example of ${JSON.stringify(id.slice(0, 60))}`);
      }
      c.header("Cross-Origin-Resource-Policy", "cross-origin");
      return c.body(new Uint8Array(bytes), 200, {
        "Content-Type": "image/webp",
        "Cache-Control": "public, max-age=86400",
      });
    })
    .get("/", authenticate("jobs:read"), async (c) => {
      const { limit, cursor, tag } = parseFields(promptListQuerySchema, queryParameters(c.req.url));
      const page = await prompts.list(accountOf(c), { limit: limit === undefined ? 20 : Number(limit), cursor, tag });
      const list: z.infer<typeof promptPageSchema> = {
        data: page.prompts.map(presentPrompt),
        next_cursor: page.cursor ?? null,
      };
      return c.json(list, 200, noStore);
    })
    .post("/", authenticate("jobs:write"), bodyLimit(), async (c) => {
      const content = contentOf(parseFields(promptRequestSchema, await readJsonBody(c.req.raw)));
      return c.json(presentPrompt(await prompts.add(accountOf(c), content)), 201, noStore);
    })
    .get("/:id{prompt_\\w*}", authenticate("jobs:read"), async (c) =>
      c.json(presentPrompt(await prompts.get(accountOf(c), c.req.param("id"))), 200, noStore),
    )
    .patch("/:id{prompt_\\w*}", authenticate("jobs:write"), bodyLimit(), async (c) => {
      const change = parseFields(promptChangeSchema, await readJsonBody(c.req.raw));
      const changed = await prompts.update(accountOf(c), c.req.param("id"), (now) => changedContent(now, change));
      return c.json(presentPrompt(changed), 200, noStore);
    })
    .delete("/:id{prompt_\\w*}", authenticate("jobs:write"), async (c) => {
      const id = c.req.param("id");
      await prompts.remove(accountOf(c), id);
      const deleted: z.infer<typeof deletedPromptSchema> = { id, object: "prompt", deleted: true };
      return c.json(deleted, 200, noStore);
    });
}

function presentPrompt(prompt: AccountPrompt): z.infer<typeof promptSchema> {
  const { id, name, text, negative, model, settings, variables, tags, createdAt, updatedAt } = prompt;
  const defaults = variablesOf(text).map((each) => [each, Object.hasOwn(variables, each) ? variables[each]! : ""]);
  return {
    id,
    object: "prompt",
    name,
    text,
    negative: negative ?? null,
    model: model ?? null,
    settings: { ...settings },
    variables: Object.fromEntries(defaults),
    tags: [...tags],
    created_at: isoTime(createdAt),
    updated_at: isoTime(updatedAt),
  };
}

async function library(
  c: Context<ApiEnv>,
  dependencies: RouteDependencies,
): Promise<z.infer<typeof promptLibrarySchema>> {
  const { models } = dependencies;
  const { model } = parseFields(libraryQuerySchema, queryParameters(c.req.url));
  const wanted = model === undefined ? undefined : findModel(models, model);
  const [{ version, tips, prompts }, examples] = await Promise.all([readLibrary(), exampleIds()]);
  const origin = requestOrigin(c, dependencies);
  const isWanted = (of: { readonly model: string }) =>
    model === undefined || (wanted !== undefined && suits(of, wanted));
  return {
    object: "prompt_library",
    version,
    tips: tips.filter(isWanted).map((tip) => ({ ...tip })),
    data: prompts.filter(isWanted).map((prompt) => ({
      ...prompt,
      object: "library_prompt",
      served_by: models.filter((served) => suits(prompt, served)).map(({ id }) => id),
      variables: [...prompt.variables],
      tags: [...prompt.tags],
      example_url: examples.has(prompt.id) ? `${origin}/v1/prompts/library/${prompt.id}/example` : null,
    })),
  };
}
