import type { Job } from "../../api.ts";
import { JobError } from "../../errors.ts";
import type { Command, Context, Options } from "../command.ts";
import { describeError } from "../describe-error.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { showEvent } from "../job-progress.ts";
import { number, pairs, text, time } from "../option-values.ts";
import { printable } from "../terminal.ts";

const statuses = ["queued", "running", "succeeded", "failed", "canceled", "expired"] as const;
const job = { name: "JOB", required: true, rest: true };

/** Options that select jobs, for `jobs list` and `pull`. */
export const filterOptions: Options = {
  since: { type: "string", value: "TIME", help: "Only jobs created since: a time, or an age such as 24h or 7d." },
  metadata: { type: "string", value: "K=V", multiple: true, help: "Only jobs with this label. Repeatable." },
  limit: { type: "string", value: "N", help: "Maximum number, newest first. Default 20." },
};

export async function* matchingJobs(
  values: Parameters<typeof text>[0],
  status: string | undefined,
  { client, signal }: Pick<Context, "client" | "signal">,
): AsyncGenerator<Job, void> {
  const limit = number(values, "limit") ?? 20;
  const [since, metadata] = [time(values, "since", Date.now()), pairs(values, "metadata")];
  const filter = {
    status: status === undefined ? undefined : (status as Job["status"]),
    created_after: since,
    metadata,
  };
  let count = 0;
  if (limit < 1) return;
  const pageSize = Math.min(100, Math.ceil(limit));
  for await (const found of (await client()).jobs.list(filter, { pageSize, signal })) {
    yield found;
    if (++count >= limit) return;
  }
}

const list: Command = {
  name: "jobs list",
  summary: "list the account's jobs, newest first",
  options: {
    status: { type: "string", value: "S", choices: statuses, help: "Only those with this status." },
    ...filterOptions,
  },
  async run({ values }, context) {
    const { terminal, json } = context;
    const rows = [["JOB", "STATUS", "CREATED", "SIZE", "PROMPT"]];
    for await (const found of matchingJobs(values, text(values, "status"), context)) {
      if (json) terminal.json(found);
      else rows.push(row(found));
    }
    if (!json) terminal.table(rows);
    return exitCodes.ok;
  },
};

function row({ id, status, created_at, params }: Job): string[] {
  const size = `${params.width}x${params.height}${params.n > 1 ? `*${params.n}` : ""}`;
  return [id, status, created_at.slice(0, 19).replace("T", " "), size, params.prompt.replace(/\s+/g, " ")];
}

const show: Command = {
  name: "jobs show",
  summary: "show a job: status, parameters, links",
  positionals: [job],
  async run({ positionals }, { client, terminal, json, signal }) {
    for (const id of positionals) {
      const found = await (await client()).jobs.get(id, { signal });
      if (json) terminal.json(found);
      else for (const line of describe(found)) terminal.print(line);
    }
    return exitCodes.ok;
  },
};

function* describe(found: Job): Generator<string> {
  const { params, cost } = found;
  const line = (name: string, value: string) => `${name.padEnd(10)}${printable(value)}`;
  yield line("job", found.id);
  yield line("status", found.status + (found.error === null ? "" : `: ${found.error.message} (${found.error.code})`));
  yield line("created", found.created_at);
  if (found.finished_at !== null) yield line("finished", found.finished_at);
  yield line("model", found.model);
  yield line("prompt", params.prompt);
  yield line(
    "drawn as",
    `${params.width}x${params.height}, ${params.n} × ${params.steps} steps, seed ${params.seed}, guidance ` +
      `${params.guidance}`,
  );
  if (cost !== null) {
    const { amount_decimal: amount, charged_decimal: charged, currency } = cost;
    yield line("cost", charged === null ? `${amount} ${currency} held` : `${charged} ${currency}`);
  }
  for (const warning of found.warnings) yield line("warning", warning.message);
  for (const { url } of found.images) yield line("image", url);
}

const wait: Command = {
  name: "jobs wait",
  summary: "wait until jobs end",
  positionals: [job],
  notes: "Exits with 1 if no job succeeded and with 3 if some did not. Ctrl-C stops waiting; the jobs continue.",
  async run({ positionals }, context) {
    const { client, terminal, json, signal } = context;
    let failed = 0;
    for (const id of positionals) {
      const handle = await (await client()).jobs.handle(id, { signal });
      try {
        await handle.wait({ signal, onEvent: (event) => showEvent(event, handle.latest.params.n, context) });
      } catch (error) {
        if (!(error instanceof JobError)) throw error;
        failed++;
        if (!json) terminal.error(describeError(error));
      }
      if (json) terminal.json({ type: "job", job: handle.latest });
      else terminal.print(`${id} ${handle.latest.status}`);
    }
    return exitCodeOf(positionals.length - failed, failed);
  },
};

const cancel: Command = {
  name: "jobs cancel",
  summary: "cancel jobs; the steps begun are charged",
  positionals: [job],
  async run({ positionals }, { client, terminal, json, signal }) {
    for (const id of positionals) {
      const canceled = await (await client()).jobs.cancel(id, { signal });
      if (json) terminal.json(canceled);
      else terminal.print(`${id} ${canceled.status === "running" ? "stops at its next step" : canceled.status}`);
    }
    return exitCodes.ok;
  },
};

export const jobsCommands = [list, show, wait, cancel];
