import { InvalidInputError, LimitError, PipelineError } from "../../../shared/errors.ts";
import { contentTypes, type ImageFormat } from "../../../shared/job.ts";
import { AccountBlockLists } from "../../../shared/moderation/account-block-lists.ts";
import { phrasesOf } from "../../../shared/moderation/block-list.ts";
import type { Category } from "../../../shared/moderation/categories.ts";
import { askModerationHook, type ModerationInput } from "../../../shared/moderation/moderation-hook.ts";
import {
  defaultModeration,
  type HookSettings,
  type ModerationSettings,
} from "../../../shared/moderation/moderation-settings.ts";
import { PhraseMatcher } from "../../../shared/moderation/phrase-matcher.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Items } from "../../../shared/ports/items.ts";
import type { Log } from "../../../shared/process/log.ts";

/** What the rules say of a text. */
export interface TextVerdict {
  readonly flagged: boolean;
  readonly categories: readonly string[];
  /** 0 to 1; a block list gives 1. */
  readonly scores: { readonly [category: string]: number };
}

export interface ModeratorDependencies {
  readonly items: Items;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /** @default the built-in block list alone */
  readonly moderation?: ModerationSettings | undefined;
}

interface Judgement extends TextVerdict {
  /** Beside the block lists. @default nothing was asked */
  readonly by?: "service" | "unjudged";
}

const nothingFlagged: Judgement = { flagged: false, categories: [], scores: {} };

/** Seconds after which a request may be sent again while the deployer's service does not respond. */
const retryAfterS = 5;

/** Applies the rules that the deployer and the account chose to texts, before anything is drawn or paid. */
export class Moderator {
  readonly #settings: ModerationSettings;
  readonly #matcher: PhraseMatcher<Category>;
  readonly lists: AccountBlockLists;
  readonly #log: Log;

  constructor({ items, clock, log, moderation = defaultModeration }: ModeratorDependencies) {
    this.#settings = moderation;
    this.#matcher = new PhraseMatcher(phrasesOf(moderation.blockList));
    this.lists = new AccountBlockLists({ items, clock });
    this.#log = log;
  }

  /**
   * What the block lists say, and where they say nothing, the deployer's service.
   * @throws LimitError `moderation_unavailable`, where that service gives no verdict and the deployer refuses then
   */
  async judge(accountId: string, text: string): Promise<Judgement> {
    const listed = this.#matcher.find(text);
    for (const category of (await this.lists.matcher(accountId)).find(text)) listed.add(category);
    if (listed.size > 0) {
      return {
        flagged: true,
        categories: [...listed],
        scores: Object.fromEntries([...listed].map((name) => [name, 1])),
      };
    }
    const { text: hook } = this.#settings;
    if (hook === undefined || text.trim() === "") return nothingFlagged;
    return this.#ask(hook, text);
  }

  async #ask(hook: HookSettings, input: ModerationInput): Promise<Judgement> {
    try {
      return { ...(await askModerationHook(hook, input)), by: "service" };
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      this.#log("error", "no verdict of the moderation service", {
        onFailure: hook.onFailure,
        error: error.message,
        cause: String(error.cause ?? ""),
      });
      if (hook.onFailure === "allow") return { ...nothingFlagged, by: "unjudged" };
      throw new LimitError(
        "moderation_unavailable",
        `${error.message}; nothing is charged, try again later`,
        retryAfterS,
      );
    }
  }

  /**
   * @returns what looked at it beside the block lists, for the record. @default nothing
   * @throws InvalidInputError `content_policy`, which names the category and not the words that were found
   * @throws LimitError `moderation_unavailable`
   */
  async assertAllowed(accountId: string, prompt: string): Promise<Judgement["by"]> {
    const { flagged, categories, by } = await this.judge(accountId, prompt);
    if (flagged) throw refusal("prompt", categories, "prompt");
    return by;
  }

  /**
   * The same of an image that a request brings: judged by what judges those that are drawn, before money is held.
   * @param param - the request's field
   */
  async assertImageAllowed(
    { bytes, format }: { readonly bytes: Uint8Array; readonly format: ImageFormat },
    param: string,
  ): Promise<Judgement["by"]> {
    const { image: hook } = this.#settings;
    if (hook === undefined) return undefined;
    const url = `data:${contentTypes[format]};base64,${Buffer.from(bytes).toString("base64")}`;
    const { flagged, categories, by } = await this.#ask(hook, [{ type: "image_url", image_url: { url } }]);
    if (flagged) throw refusal(param, categories, "image");
    return by;
  }
}

function refusal(param: string, categories: readonly string[], what: "prompt" | "image"): InvalidInputError {
  const named = categories.length > 0 ? ` (${categories.join(", ").slice(0, 200)})` : "";
  const message = `${param} is refused by the content rules of this service${named}; nothing is charged, and the same request will be refused again: change the ${what}`;
  return new InvalidInputError("content_policy", message, { param });
}
