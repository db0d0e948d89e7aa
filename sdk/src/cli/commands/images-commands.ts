import type { Image } from "../../api.ts";
import { ApiError } from "../../errors.ts";
import { type Command, UsageError } from "../command.ts";
import { describeError } from "../describe-error.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { number, pairs, text, time } from "../option-values.ts";
import { filterOptions } from "./jobs-commands.ts";

const images = { name: "IMAGE", required: true, rest: true };

const list: Command = {
  name: "images list",
  summary: "list the account's finished images, newest first",
  options: {
    search: { type: "string", value: "WORDS", help: "Only images whose prompt has these words." },
    model: { type: "string", value: "ID", help: "Only images of this model." },
    run: { type: "string", value: "RUN", help: "Only images of this catalogue run." },
    sku: { type: "string", value: "SKU", help: "Only images of this SKU." },
    ...filterOptions,
    since: { type: "string", value: "TIME", help: "Only images made since: a time, or an age such as 24h or 7d." },
  },
  async run({ values }, { client, terminal, json, signal }) {
    const limit = number(values, "limit") ?? 20;
    const filter = {
      q: text(values, "search"),
      model: text(values, "model"),
      run: text(values, "run"),
      sku: text(values, "sku"),
      created_after: time(values, "since", Date.now()),
      metadata: pairs(values, "metadata"),
    };
    const rows = [["IMAGE", "CREATED", "SIZE", "SEED", "PROMPT"]];
    let count = 0;
    if (limit >= 1) {
      const pageSize = Math.min(100, Math.ceil(limit));
      for await (const found of (await client()).images.list(filter, { pageSize, signal })) {
        if (json) terminal.json(found);
        else rows.push(row(found));
        if (++count >= limit) break;
      }
    }
    if (!json) terminal.table(rows);
    return exitCodes.ok;
  },
};

function row({ id, created_at, width, height, seed, prompt }: Image): string[] {
  const created = created_at.slice(0, 19).replace("T", " ");
  return [id, created, `${width}x${height}`, String(seed), prompt.replace(/\s+/g, " ")];
}

const share: Command = {
  name: "images share",
  summary: "make links to images for others",
  positionals: [images],
  options: {
    "expires-in": { type: "string", value: "TIME", help: "How long they work: 90m, 24h or 7d. Default 7d." },
  },
  notes: "A link ends earlier when the image expires or is deleted.",
  async run({ values, positionals }, { client, terminal, json, signal }) {
    const expiresIn = seconds(text(values, "expires-in"));
    for (const id of positionals) {
      const link = await (await client()).images.share(id, { expires_in: expiresIn }, { signal });
      if (json) terminal.json(link);
      else terminal.print(link.url);
    }
    return exitCodes.ok;
  },
};

/** @throws UsageError */
function seconds(span: string | undefined): number | undefined {
  if (span === undefined) return undefined;
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(span) ?? [];
  if (count === undefined) throw new UsageError(`--expires-in must be 90m, 24h or 7d, got ${JSON.stringify(span)}`);
  return Number(count) * { m: 60, h: 3_600, d: 86_400 }[unit as "m" | "h" | "d"];
}

const remove: Command = {
  name: "images delete",
  summary: "delete images for good",
  positionals: [images],
  notes:
    "The job stays, with its prompt and its charge. Exits with 1 if no image was deleted and with 3 if some were not.",
  async run({ positionals }, { client, terminal, json, signal }) {
    let failed = 0;
    for (const id of positionals) {
      try {
        const deleted = await (await client()).images.delete(id, { signal });
        if (json) terminal.json(deleted);
        else terminal.print(`${id} deleted`);
      } catch (error) {
        // One that is gone already leaves the others to be deleted.
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
        failed++;
        terminal.error(describeError(error));
      }
    }
    return exitCodeOf(positionals.length - failed, failed);
  },
};

export const imagesCommands = [list, share, remove];
