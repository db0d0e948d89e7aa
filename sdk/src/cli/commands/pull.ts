import type { Job } from "../../api.ts";
import { ZImageError } from "../../errors.ts";
import type { Command, Context } from "../command.ts";
import { describeError } from "../describe-error.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { isSaved, pathFor, save } from "../image-files.ts";
import { text } from "../option-values.ts";
import { filterOptions, matchingJobs } from "./jobs-commands.ts";

export const pull: Command = {
  name: "pull",
  summary: "download the images of past jobs",
  positionals: [{ name: "JOB", rest: true }],
  options: {
    out: { type: "string", short: "o", value: "FOLDER", path: true, help: "Output folder. Default: the current one." },
    ...filterOptions,
  },
  notes:
    "Without JOB: the succeeded jobs that the options choose. Files are named after their jobs; what is there " +
    "already, byte for byte,\nis not fetched again, so that a pull that was cut off can be repeated. Ends with " +
    "3 when some could not be had.",
  async run({ values, positionals }, context) {
    const folder = `${(text(values, "out") ?? ".").replace(/(?<![/\\])[/\\]+$/, "")}/`;
    const chosen = positionals.length > 0 ? positionals : matchingJobs(values, "succeeded", context);
    let [done, failed] = [0, 0];
    for await (const job of chosen) {
      try {
        const saved = await pullJob(job, folder, context);
        done += saved;
        // A job named on the command line must have images to save.
        if (saved === 0 && typeof job === "string") failed++;
      } catch (error) {
        // One failed job must not stop the others.
        if (!(error instanceof ZImageError)) throw error;
        failed++;
        context.terminal.error(`${typeof job === "string" ? job : job.id}: ${describeError(error)}`);
      }
    }
    return exitCodeOf(done, failed);
  },
};

/** @returns how many files are there now */
async function pullJob(
  job: string | Job,
  folder: string,
  { client, terminal, json, signal }: Context,
): Promise<number> {
  const handle = await (await client()).jobs.handle(job, { signal });
  const { id, status, images } = handle.latest;
  if (images.length === 0) terminal.error(`${id} has no images: it is ${status}`);
  for (const image of images) {
    const path = await pathFor(folder, id, image, images.length);
    const kept = await isSaved(path, image);
    if (!kept) await save(path, await handle.downloadImage(image.index, { signal }));
    if (json) terminal.json({ type: kept ? "kept" : "saved", job: id, path, image });
    else terminal.print(kept ? `${path} is there` : path);
  }
  return images.length;
}
