import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { adapterPartKey } from "../../shared/adapters/account-adapters.ts";
import { PipelineError } from "../../shared/errors.ts";
import type { Objects } from "../../shared/ports/objects.ts";

/** An adapter of an account, as a job names it. */
export interface StoredAdapter {
  readonly accountId: string;
  readonly id: string;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
  readonly parts: number;
}

/** Enough for some fifty LoRAs of the released model. */
const defaultMaxBytes = 20e9;

/**
 * Adapters of accounts on this machine's disk, by the hash of their bytes: fetched from the object store when a job
 * first needs them, a part at a time, and checked. When they take more than `maxBytes` together, those that were used
 * longest ago are deleted; the store still has them.
 */
export class AdapterCache {
  readonly #folder: string;
  readonly #objects: Pick<Objects, "get">;
  readonly #maxBytes: number;

  constructor(folder: string, objects: Pick<Objects, "get">, maxBytes = defaultMaxBytes) {
    this.#folder = folder;
    this.#objects = objects;
    this.#maxBytes = maxBytes;
  }

  /**
   * @returns path of the file
   * @throws PipelineError `adapter_missing` for one that was deleted since the job was submitted
   */
  async path(adapter: StoredAdapter): Promise<string> {
    const path = join(this.#folder, `${adapter.sha256}.safetensors`);
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isThere) await this.#fetch(adapter, path);
    const now = new Date();
    await utimes(path, (await stat(path)).atime, now).catch(() => {});
    await this.#makeRoom(path);
    return path;
  }

  async #fetch({ accountId, id, sha256, parts }: StoredAdapter, path: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const unfinished = join(this.#folder, `${randomUUID()}.partial`);
    const hash = createHash("sha256");
    try {
      const file = await open(unfinished, "wx");
      try {
        for (let part = 0; part < parts; part++) {
          const stored = await this.#objects.get(adapterPartKey(accountId, id, part));
          if (!stored) throw missing(id);
          hash.update(stored.body);
          await file.writeFile(stored.body);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      const found = hash.digest("hex");
      if (found !== sha256)
        throw new PipelineError("adapter_damaged", `the stored file of ${id} is damaged: its SHA-256 is ${found}`);
      await rename(unfinished, path);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  /** @param keep - in use */
  async #makeRoom(keep: string): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(".safetensors"));
    const files = [];
    for (const name of names) {
      const path = join(this.#folder, name);
      const stats = await stat(path).catch(() => undefined);
      if (stats) files.push({ path, size: stats.size, usedAt: stats.mtimeMs });
    }
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (bytes <= this.#maxBytes) return;
      if (path === keep) continue;
      await rm(path, { force: true });
      bytes -= size;
    }
  }
}

function missing(id: string): PipelineError {
  return new PipelineError(
    "adapter_missing",
    `the adapter ${id} of this job was deleted; submit the job with another`,
    {
      param: "loras",
    },
  );
}
