import { createHash } from "node:crypto";
import { type AccountLimit, giveRoomBack, writeWithin } from "../access/account-room.ts";
import { adaptersPartition as partition, storageLimit } from "../access/storage-limit.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "../errors.ts";
import { maxAdapters } from "../limits.ts";
import type { AdapterDescription } from "../model-catalog/worker-models.ts";
import type { Clock } from "../ports/clock.ts";
import { type Items, ItemsConditionFailed } from "../ports/items.ts";
import type { Objects } from "../ports/objects.ts";
import { queryAll } from "../ports/query-all.ts";
import { recordType } from "../ports/record.ts";
import { isAccountAdapter } from "./adapter-id.ts";
import { type AdapterHeader, describeHeader } from "./describe-header.ts";
import { readHeader } from "./read-header.ts";

/** A LoRA that an account has brought. */
export interface AccountAdapter extends AdapterDescription {
  /** `lora_` and a ULID; requests use this id. */
  readonly id: string;
  readonly accountId: string;
  /** File name of the adapter. */
  readonly name: string;
  /** The address it was fetched from. */
  readonly source?: string;
  readonly bytes: number;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
  /** Objects that hold the file, in order: `adapters/<account>/<id>/<n>`. */
  readonly parts: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Most bytes of one file. */
const maxAdapterBytes = 2_000_000_000;

const adapterRecord = recordType<AccountAdapter>("adapter", [
  "id",
  "accountId",
  "bytes",
  "sha256",
  "parts",
  "createdAt",
]);

export interface AccountAdaptersDependencies {
  readonly items: Items;
  readonly objects: Pick<Objects, "put" | "delete">;
  readonly clock: Pick<Clock, "now">;
  /** A fresh ULID. */
  readonly newId: () => string;
}

/**
 * The LoRAs of accounts: a row each in `items`, the bytes in `objects`, in parts, so that no process ever holds a whole
 * file. They are kept until they are deleted. A file that an account has already is found by its hash and not stored
 * again.
 */
export class AccountAdapters {
  readonly #dependencies: AccountAdaptersDependencies;

  constructor(dependencies: AccountAdaptersDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Durable on return.
   * @param parts - the file's bytes in order; the header must lie in the first
   * @throws InvalidInputError `invalid_adapter` for a file that is not a LoRA, or too large
   * @throws ConflictError `too_many_adapters`, `account_storage_full`
   */
  async add(
    { accountId, name, source }: Pick<AccountAdapter, "accountId" | "name" | "source">,
    parts: AsyncIterable<Uint8Array>,
    param: string,
  ): Promise<AccountAdapter> {
    const { items, objects, clock, newId } = this.#dependencies;
    const known = await this.list(accountId);
    // Saves storing a file that would be refused; the condition of the write below decides.
    if (known.length >= maxAdapters) throw tooMany();
    const id = `lora_${newId()}`;
    const hash = createHash("sha256");
    let bytes = 0;
    let count = 0;
    let lora: AdapterHeader | undefined;
    try {
      for await (const part of parts) {
        lora ??= readLora(part, param);
        bytes += part.length;
        if (bytes > maxAdapterBytes) throw invalid(param, `has more than ${maxAdapterBytes} bytes`);
        hash.update(part);
        await objects.put(adapterPartKey(accountId, id, count), part, { contentType: "application/octet-stream" });
        count++;
      }
      if (lora === undefined) throw invalid(param, "is empty");
      if (bytes !== lora.fileBytes) {
        throw invalid(
          param,
          `has ${bytes} bytes in place of the ${lora.fileBytes} that its header names: it was cut off or changed`,
        );
      }
    } catch (error) {
      await this.#deleteParts(accountId, id, count + 1);
      throw error;
    }
    const sha256 = hash.digest("hex");
    const same = known.find((adapter) => adapter.sha256 === sha256);
    if (same) {
      await this.#deleteParts(accountId, id, count);
      return same;
    }
    const record = {
      ...describeHeader(lora),
      id,
      accountId,
      name,
      source,
      bytes,
      sha256,
      parts: count,
      createdAt: clock.now(),
    };
    const put = { ...keyOf(accountId, id), data: adapterRecord.write(record) };
    try {
      const uses = [{ limit: this.#limit(accountId) }, { limit: storageLimit(accountId, items), amount: bytes }];
      await writeWithin({ items, clock }, uses, [{ put, if: { absent: true } }]);
    } catch (error) {
      await this.#deleteParts(accountId, id, count);
      throw error;
    }
    return record;
  }

  /** Oldest first. */
  async list(accountId: string): Promise<AccountAdapter[]> {
    const found = await queryAll(this.#dependencies.items, { index: "main", partition: partition(accountId) });
    return found.map(adapterRecord.read);
  }

  /** @throws NotFoundError `adapter_not_found`, also for one of another account */
  async get(accountId: string, id: string, param: string): Promise<AccountAdapter> {
    const item = isAccountAdapter(id) ? await this.#dependencies.items.get(keyOf(accountId, id)) : undefined;
    if (item !== undefined) return adapterRecord.read(item);
    throw notFound(id, param);
  }

  /** Jobs that were submitted with it and not drawn yet fail. @throws NotFoundError as `get` */
  async remove(accountId: string, id: string): Promise<void> {
    const { items } = this.#dependencies;
    const { parts, bytes } = await this.get(accountId, id, "id");
    try {
      await items.write([
        // A record never changes: it is there, or somebody else has deleted it.
        { delete: keyOf(accountId, id), if: { version: 1 } },
        giveRoomBack(this.#limit(accountId)),
        giveRoomBack(storageLimit(accountId, items), bytes),
      ]);
    } catch (error) {
      throw error instanceof ItemsConditionFailed ? notFound(id, "id") : error;
    }
    await this.#deleteParts(accountId, id, parts);
  }

  #limit(accountId: string): AccountLimit {
    const count = async () => (await this.list(accountId)).length;
    return { name: "adapters", accountId, most: maxAdapters, count, refused: tooMany };
  }

  async #deleteParts(accountId: string, id: string, count: number): Promise<void> {
    for (let part = 0; part < count; part++)
      await this.#dependencies.objects.delete(adapterPartKey(accountId, id, part));
  }
}

export function adapterPartKey(accountId: string, id: string, part: number): string {
  return `adapters/${accountId}/${id}/${part}`;
}

function readLora(firstPart: Uint8Array, param: string): AdapterHeader {
  const header = readHeader(firstPart);
  if (!header) throw invalid(param, "is no safetensors file");
  const keys = [...header.tensors.keys()];
  if (keys.some((key) => /[._](?:lora_|lora\.|lokr_|hada_)|\.(?:diff|diff_b|w_norm|b_norm)$/.test(key))) return header;
  const first = keys.length > 0 ? `; its first tensor is ${JSON.stringify(keys[0]!.slice(0, 100))}` : "";
  throw invalid(param, `has no tensors of a LoRA, LoKr or LoHa${first}`);
}

function notFound(id: string, param: string): NotFoundError {
  const message = `${param} names no adapter of this account: ${JSON.stringify(id.slice(0, 60))}; GET /v1/adapters lists them`;
  return new NotFoundError("adapter_not_found", message, { param });
}

function tooMany(): ConflictError {
  return new ConflictError("too_many_adapters", `an account may have ${maxAdapters} adapters; delete some`);
}

function invalid(param: string, problem: string): InvalidInputError {
  return new InvalidInputError("invalid_adapter", `${param} ${problem}; send a LoRA as a .safetensors file`, { param });
}

function keyOf(accountId: string, id: string) {
  return { pk: partition(accountId), sk: id };
}
