import { createHash } from "node:crypto";
import { Hono } from "hono";
import { NotFoundError } from "../../../shared/errors.ts";
import type { Vocabulary } from "../../../shared/model-catalog/model-facts.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { servedModel } from "./models.ts";
import { presentVocabulary } from "./present-vocabulary.ts";

/**
 * `GET /v1/vocabularies/{id}`: all that a model knows. Below `/v1/models/{id}` it would be Replicate's name of a model.
 * It changes with the weights alone, so a client may keep it for a day and ask again by its ETag.
 */
export function vocabulariesRoute({ models, authenticate }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/:id{.+}", authenticate("models:read"), (c) => {
    const { id, vocabulary } = servedModel(models, c.req.param("id"));
    if (vocabulary === undefined) {
      const message = `${id} has no vocabulary: it draws whatever its prompt says`;
      throw new NotFoundError("vocabulary_not_found", message);
    }
    const { text, etag } = textOf(id, vocabulary);
    const headers = { ETag: etag, "Cache-Control": "private, max-age=86400" };
    const known = c.req.header("if-none-match")?.slice(0, 500).split(",") ?? [];
    if (known.some((each) => each.trim().replace(/^W\//, "") === etag)) return c.body(null, 304, headers);
    return c.body(text, 200, { ...headers, "Content-Type": "application/json" });
  });
}

/** Of each vocabulary: made once, as long as it is the same object. */
const texts = new WeakMap<Vocabulary, { readonly text: string; readonly etag: string }>();

function textOf(model: string, vocabulary: Vocabulary) {
  const made = texts.get(vocabulary);
  if (made !== undefined) return made;
  const text = JSON.stringify(presentVocabulary(model, vocabulary));
  const entry = { text, etag: `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"` };
  texts.set(vocabulary, entry);
  return entry;
}
