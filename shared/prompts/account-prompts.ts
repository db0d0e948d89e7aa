import { type AccountLimit, giveRoomBack, writeWithin } from "../access/account-room.ts";
import { ConflictError, NotFoundError } from "../errors.ts";
import { maxPrompts } from "../limits.ts";
import type { Clock } from "../ports/clock.ts";
import { type Items, ItemsConditionFailed, type Json } from "../ports/items.ts";
import { matchingPage } from "../ports/lists/matching-page.ts";
import { queryAll } from "../ports/query-all.ts";
import { recordType } from "../ports/record.ts";

/** What a prompt says, as its owner wrote it. */
export interface PromptContent {
  readonly name: string;
  /** With `{{variables}}`. */
  readonly text: string;
  readonly negative?: string | undefined;
  /** Id or alias of the model that it is meant for. @default any */
  readonly model?: string | undefined;
  /** Fields of a request that go with it. */
  readonly settings: { readonly [field: string]: Json | undefined };
  /** What is in the variables until somebody writes something else. */
  readonly variables: { readonly [name: string]: string };
  readonly tags: readonly string[];
}

/** A prompt in the library of an account. */
export interface AccountPrompt extends PromptContent {
  /** `prompt_` + ULID. */
  readonly id: string;
  readonly accountId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

const promptRecord = recordType<AccountPrompt>("prompt", ["id", "accountId", "name", "text", "createdAt"]);

/** Two changes of one moment: the later one goes on from the earlier one's result. */
const maxRaces = 10;

export interface AccountPromptsDependencies {
  readonly items: Items;
  readonly clock: Pick<Clock, "now">;
  /** A fresh ULID. */
  readonly newId: () => string;
}

/** The prompts that accounts keep: a row each, until it is deleted. */
export class AccountPrompts {
  readonly #dependencies: AccountPromptsDependencies;

  constructor(dependencies: AccountPromptsDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws ConflictError `too_many_prompts` */
  async add(accountId: string, content: PromptContent): Promise<AccountPrompt> {
    const { items, clock, newId } = this.#dependencies;
    const now = clock.now();
    const prompt = { ...content, id: `prompt_${newId()}`, accountId, createdAt: now, updatedAt: now };
    const put = { ...keyOf(accountId, prompt.id), data: promptRecord.write(prompt) };
    await writeWithin({ items, clock }, [{ limit: this.#limit(accountId) }], [{ put, if: { absent: true } }]);
    return prompt;
  }

  /** Newest first. @param tag - only those that have it */
  async list(
    accountId: string,
    {
      limit,
      cursor,
      tag,
    }: { readonly limit: number; readonly cursor?: string | undefined; readonly tag?: string | undefined },
  ): Promise<{ readonly prompts: AccountPrompt[]; readonly cursor?: string | undefined }> {
    const query = { index: "main", partition: partitionOf(accountId), reverse: true, cursor } as const;
    const page = await matchingPage(this.#dependencies.items, query, {
      limit,
      read(item) {
        const prompt = promptRecord.read(item);
        return tag === undefined || prompt.tags.includes(tag) ? prompt : undefined;
      },
      isUnfiltered: tag === undefined,
    });
    return { prompts: page.found, cursor: page.cursor };
  }

  /** @throws NotFoundError `prompt_not_found`, also for one of another account */
  async get(accountId: string, id: string): Promise<AccountPrompt> {
    return (await this.#read(accountId, id)).prompt;
  }

  /**
   * @param change - makes the new content of the present one; called again when another change came first
   * @throws NotFoundError as `get`
   */
  async update(accountId: string, id: string, change: (now: PromptContent) => PromptContent): Promise<AccountPrompt> {
    const { items, clock } = this.#dependencies;
    for (let race = 0; race < maxRaces; race++) {
      const { prompt, version } = await this.#read(accountId, id);
      const changed = { ...prompt, ...change(prompt), updatedAt: clock.now() };
      const put = { ...keyOf(accountId, id), data: promptRecord.write(changed) };
      try {
        await items.write([{ put, if: { version } }]);
        return changed;
      } catch (error) {
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
    throw new Error(`prompt ${id} lost ${maxRaces} races in a row`);
  }

  /** @throws NotFoundError as `get` */
  async remove(accountId: string, id: string): Promise<void> {
    const { items } = this.#dependencies;
    for (let race = 0; race < maxRaces; race++) {
      const { version } = await this.#read(accountId, id);
      const deletion = { delete: keyOf(accountId, id), if: { version } };
      try {
        await items.write([deletion, giveRoomBack(this.#limit(accountId))]);
        return;
      } catch (error) {
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
    throw new Error(`prompt ${id} lost ${maxRaces} races in a row`);
  }

  async #read(accountId: string, id: string) {
    const item = /^prompt_[0-9A-Z]{26}$/.test(id)
      ? await this.#dependencies.items.get(keyOf(accountId, id))
      : undefined;
    if (item !== undefined) return { prompt: promptRecord.read(item), version: item.version };
    const message = `there is no prompt ${JSON.stringify(id.slice(0, 60))}`;
    throw new NotFoundError("prompt_not_found", message, { param: "id" });
  }

  #limit(accountId: string): AccountLimit {
    const partition = partitionOf(accountId);
    const count = async () => (await queryAll(this.#dependencies.items, { index: "main", partition })).length;
    return { name: "prompts", accountId, most: maxPrompts, count, refused: tooMany };
  }
}

function tooMany(): ConflictError {
  const message = `an account may have ${maxPrompts} prompts; delete some`;
  return new ConflictError("too_many_prompts", message, { values: { most: maxPrompts } });
}

function partitionOf(accountId: string): string {
  return `ACC#${accountId}#PROMPTS`;
}

function keyOf(accountId: string, id: string) {
  return { pk: partitionOf(accountId), sk: id };
}
