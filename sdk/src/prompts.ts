import type { DeletedPrompt, Prompt, PromptChange, PromptLibrary, PromptRequest } from "./api.ts";
import type { QueryOf, RequestOptions, Transport } from "./http/transport.ts";
import { Pages } from "./pages.ts";

export type PromptFilter = Omit<NonNullable<QueryOf<"listPrompts">>, "limit" | "cursor">;

/**
 * Resource of `/v1/prompts`: the prompts that the account keeps, and the library of those that come with the program.
 */
export class Prompts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. @param pageSize - 1 to 100, prompts fetched at a time */
  list(
    filter: PromptFilter = {},
    { pageSize, ...options }: RequestOptions & { readonly pageSize?: number } = {},
  ): Pages<Prompt> {
    return new Pages((cursor) => {
      const page = { limit: pageSize === undefined ? undefined : String(pageSize), cursor };
      return this.#transport.call("listPrompts", { query: { ...filter, ...page } }, options);
    });
  }

  create(request: PromptRequest, options?: RequestOptions): Promise<Prompt> {
    return this.#transport.call("createPrompt", { body: request }, options);
  }

  get(id: string, options?: RequestOptions): Promise<Prompt> {
    return this.#transport.call("getPrompt", { id }, options);
  }

  /** Changes the fields that are given. */
  update(id: string, change: PromptChange, options?: RequestOptions): Promise<Prompt> {
    return this.#transport.call("changePrompt", { id, body: change }, options);
  }

  delete(id: string, options?: RequestOptions): Promise<DeletedPrompt> {
    return this.#transport.call("deletePrompt", { id }, options);
  }

  /** Prompts and tips in English and Chinese. @param filter - `model`: only what suits this model */
  library(filter: { readonly model?: string } = {}, options?: RequestOptions): Promise<PromptLibrary> {
    return this.#transport.call("getPromptLibrary", { query: filter }, options);
  }
}

const variable = /\{\{ {0,3}([\p{L}\p{N}_-]{1,40}) {0,3}\}\}/u;

/** The pieces of a prompt's text in order: what stands there, and the names of its `{{variables}}`. */
export function splitPrompt(text: string): readonly ({ readonly text: string } | { readonly variable: string })[] {
  return text
    .split(variable)
    .map((piece, index) => (index % 2 === 0 ? { text: piece } : { variable: piece }))
    .filter((piece) => !("text" in piece) || piece.text !== "");
}

/** The text of a prompt with its `{{variables}}` filled; one without a value is left out. */
export function fillPrompt(text: string, values: { readonly [name: string]: string } = {}): string {
  const filled = (name: string) => (Object.hasOwn(values, name) ? (values[name] ?? "") : "");
  return splitPrompt(text)
    .map((piece) => ("text" in piece ? piece.text : filled(piece.variable)))
    .join("");
}
