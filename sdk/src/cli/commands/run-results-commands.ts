import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApiError } from "../../errors.ts";
import type { ResponseOf } from "../../http/transport.ts";
import { type Command, type Context, UsageError } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { saveFile } from "../image-files.ts";
import { flag, number, text, texts } from "../option-values.ts";
import { printable } from "../terminal.ts";

const run = { name: "RUN", required: true };
type Row = ResponseOf<"listRunRows">["data"][number];
type Review = Parameters<Awaited<ReturnType<Context["client"]>>["runs"]["review"]>[1];

function printRows(rows: readonly Row[], { terminal, json }: Pick<Context, "terminal" | "json">): void {
  if (json) {
    for (const row of rows) terminal.json(row);
    return;
  }
  const lines = rows.map(({ task, line, status, review, files, error }) => [
    printable(task),
    String(line),
    status,
    review === null ? "" : [review.state, ...review.flags].join(" "),
    printable(error === null ? (files[0]?.name ?? "") : `${error.code}: ${error.message}`),
  ]);
  terminal.table([["TASK", "LINE", "STATUS", "REVIEW", "FILE OR REASON"], ...lines]);
}

const rows: Command = {
  name: "run rows",
  summary: "list what has become of each image of a run",
  positionals: [run],
  options: {
    status: {
      type: "string",
      value: "STATUS",
      choices: ["drawn", "unchanged", "failed", "skipped", "waiting"],
      help: "Default: all.",
    },
    reason: { type: "string", value: "CODE", help: "Code of the error." },
    sku: { type: "string", value: "SKU", help: "One product." },
    limit: { type: "string", value: "N", help: "Rows. Default: 100." },
  },
  async run({ values, positionals }, context) {
    const { runs } = await context.client();
    const wanted = number(values, "limit") ?? 100;
    const found: Row[] = [];
    let cursor: string | undefined;
    do {
      const query = {
        limit: String(Math.min(100, wanted - found.length)),
        status: text(values, "status") as Row["status"] | undefined,
        reason: text(values, "reason"),
        sku: text(values, "sku"),
        cursor,
      };
      const page = await runs.rows(positionals[0]!, query, { signal: context.signal });
      found.push(...page.data);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined && found.length < wanted);
    printRows(found, context);
    return exitCodes.ok;
  },
};

const review: Command = {
  name: "run review",
  summary: "list the images of a run by risk, and approve or reject them",
  positionals: [run],
  options: {
    state: {
      type: "string",
      value: "STATE",
      choices: ["auto_ok", "needs_review", "approved", "rejected"],
      help: "Default: needs_review.",
    },
    approve: { type: "string", value: "TASK", multiple: true, help: "Approve an image by its task. Repeatable." },
    "approve-rest": { type: "boolean", help: "Approve all that has to be looked at." },
    reject: { type: "string", value: "TASK", multiple: true, help: "Reject an image by its task. Repeatable." },
    reason: {
      type: "string",
      value: "REASON",
      choices: ["product", "colour", "text", "background", "cropped", "other"],
      help: "Of the rejection.",
    },
    note: { type: "string", value: "TEXT", help: "More words on it." },
    regenerate: { type: "boolean", help: "Draw what is rejected once more, at the price of a new image." },
    "prompt-suffix": { type: "string", value: "TEXT", help: "The same, with these words behind the prompt." },
  },
  notes: "A task is SKU#SHOT, as in A-1#main.",
  async run({ values, positionals }, context) {
    const id = positionals[0]!;
    const { terminal, json, signal } = context;
    const { runs } = await context.client();
    for (const decision of decisionsOf(values)) {
      const done = await runs.review(id, decision, { signal });
      if (json) terminal.json(done);
      else terminal.note(`${decision.decision}: ${done.decided} images, ${done.drawn_again} are drawn again`);
    }
    const state = (text(values, "state") ?? "needs_review") as NonNullable<Row["review"]>["state"];
    const page = await runs.reviewList(id, { state, limit: "100" }, { signal });
    printRows(page.data, context);
    if (json) return exitCodes.ok;
    const { counts, estimate } = page;
    terminal.note(
      `${counts.needs_review} to look at, ${counts.approved} approved, ${counts.rejected} rejected, ${counts.auto_ok} not looked at`,
    );
    if (estimate !== null) {
      const [low, high] = [estimate.low, estimate.high].map((share) => (100 * share).toFixed(1));
      terminal.note(
        `${estimate.rejected} of ${estimate.looked_at} in the random sample rejected: ${low} to ${high} % of all (95 %)`,
      );
    }
    return exitCodes.ok;
  },
};

function* decisionsOf(values: Parameters<typeof text>[0]): Generator<Review> {
  const [approved, rejected] = [texts(values, "approve"), texts(values, "reject")];
  const suffix = text(values, "prompt-suffix");
  if (rejected.length === 0 && (flag(values, "regenerate") || suffix !== undefined)) {
    throw new UsageError("--regenerate and --prompt-suffix belong to --reject");
  }
  if (rejected.length > 0) {
    const regenerate = suffix === undefined ? flag(values, "regenerate") : { prompt_suffix: suffix };
    const said = { reason: text(values, "reason") as Review["reason"], note: text(values, "note") };
    yield { tasks: rejected, decision: "reject", ...said, regenerate };
  }
  if (approved.length > 0) yield { tasks: approved, decision: "approve" };
  if (flag(values, "approve-rest")) yield { state: "needs_review", decision: "approve" };
}

const retry: Command = {
  name: "run retry",
  summary: "draw once more what failed while it was drawn",
  positionals: [run],
  options: {
    reason: { type: "string", value: "CODE", multiple: true, help: "Only failures with this code. Repeatable." },
    sku: { type: "string", value: "SKU", multiple: true, help: "Only this product. Repeatable." },
  },
  async run({ values, positionals }, { client, terminal, json, signal }) {
    const [reasons, skus] = [texts(values, "reason"), texts(values, "sku")];
    const wishes = { ...(reasons.length > 0 && { reasons }), ...(skus.length > 0 && { skus }) };
    const done = await (await client()).runs.retry(positionals[0]!, wishes, { signal });
    if (json) terminal.json(done);
    else {
      terminal.print(`${done.drawn_again} images are drawn again`);
      for (const [code, count] of Object.entries(done.left_out)) {
        terminal.note(`${count} need a corrected file: ${printable(code)}`);
      }
    }
    return exitCodes.ok;
  },
};

const manifest: Command = {
  name: "run manifest",
  summary: "save the manifest of a run",
  positionals: [run],
  options: {
    form: {
      type: "string",
      value: "FORM",
      choices: ["csv", "xlsx", "input"],
      help: "Default: csv. input is your own table with columns added.",
    },
    out: { type: "string", short: "o", value: "FILE", path: true, help: "Default: RUN.csv or RUN.xlsx." },
  },
  async run({ values, positionals }, { client, terminal, signal }) {
    const id = positionals[0]!;
    const form = text(values, "form") ?? "csv";
    if (form !== "csv" && form !== "xlsx" && form !== "input") {
      throw new UsageError(`--form must be csv, xlsx or input, got ${JSON.stringify(form)}`);
    }
    const file = text(values, "out") ?? `${id}.${form === "xlsx" ? "xlsx" : "csv"}`;
    await writeFile(file, await (await client()).runs.manifestFile(id, form, { signal }));
    terminal.print(file);
    return exitCodes.ok;
  },
};

const sheet: Command = {
  name: "run sheet",
  summary: "save contact sheets of a run, 48 small images each",
  positionals: [run],
  options: {
    out: { type: "string", short: "o", value: "FOLDER", path: true, help: "Output folder. Default: the current one." },
    first: { type: "string", value: "N", help: "Sheets to save. Default: all." },
  },
  notes: "Each sheet is a page that opens in any browser, without a server.",
  async run({ values, positionals }, { client, terminal, signal }) {
    const id = positionals[0]!;
    const { runs } = await client();
    const most = number(values, "first") ?? Number.POSITIVE_INFINITY;
    for (let n = 1; n <= most; n++) {
      const page = await runs.sheet(id, n, { signal }).catch((error: unknown) => {
        if (n > 1 && error instanceof ApiError && error.status === 404) return undefined;
        throw error;
      });
      if (page === undefined) break;
      const file = join(text(values, "out") ?? ".", `${id}-${n}.html`);
      await saveFile(file, Buffer.from(page));
      terminal.print(file);
    }
    return exitCodes.ok;
  },
};

const publish: Command = {
  name: "run publish",
  summary: "give the images of a run permanent public addresses",
  positionals: [run],
  options: {
    only: {
      type: "string",
      value: "WHICH",
      choices: ["approved", "not_rejected"],
      help: "Default: not_rejected, which is what was approved or needed no look.",
    },
    withdraw: { type: "boolean", help: "Take the addresses back: they answer 410." },
  },
  async run({ values, positionals }, { client, terminal, json, signal }) {
    const { runs } = await client();
    const id = positionals[0]!;
    const only = text(values, "only") as "approved" | "not_rejected" | undefined;
    const done = flag(values, "withdraw")
      ? await runs.unpublish(id, {}, { signal })
      : await runs.publish(id, { only }, { signal });
    if (json) terminal.json(done);
    else if (flag(values, "withdraw")) terminal.print(`${done.withdrawn} addresses taken back`);
    else terminal.print(`${done.published} published, ${done.already} were already, ${done.held} held back`);
    if (!json && done.held > 0) {
      terminal.note(`what is held back was rejected, or waits for a look: zimage run review ${id}`);
    }
    return exitCodes.ok;
  },
};

const exportFiles: Command = {
  name: "run export",
  summary: "save the files that a shop imports, of what has changed",
  positionals: [run, { name: "CHANNEL", required: true }],
  options: {
    out: { type: "string", short: "o", value: "FOLDER", path: true, help: "Output folder. Default: the current one." },
    mode: { type: "string", value: "MODE", choices: ["append", "front"], help: "Default: append." },
    full: { type: "boolean", help: "All images again, not only what the shop has not been given yet." },
  },
  notes: "CHANNEL is shopify, shopify_legacy, woocommerce, google, magento or prestashop. Publish the images first.",
  async run({ values, positionals }, { client, terminal, json, signal }) {
    const { runs } = await client();
    const [id, channel] = positionals as [string, Parameters<typeof runs.export>[1]["channel"]];
    const mode = text(values, "mode") as "append" | "front" | undefined;
    const done = await runs.export(id, { channel, mode, full: flag(values, "full") }, { signal });
    for (const { name, url } of done.files) {
      if (!/^[\w.-]{1,200}$/.test(name)) throw new Error(`the server names a file ${JSON.stringify(name)}`);
      await saveFile(join(text(values, "out") ?? ".", name), await runs.fetch(url, { signal }));
      if (!json) terminal.print(name);
    }
    if (json) terminal.json(done);
    else {
      terminal.note(`${done.images} images of ${done.products} products; ${done.held} are not published`);
      for (const { sku, shot, reason } of done.left_out) terminal.note(printable(`${sku} ${shot}: ${reason}`));
      for (const note of done.notes) terminal.note(`warning: ${printable(note)}`);
      if (done.files.length > 0) terminal.note(printable(done.how_to_import));
    }
    return exitCodes.ok;
  },
};

export const runResultsCommands: readonly Command[] = [rows, review, retry, manifest, sheet, publish, exportFiles];
