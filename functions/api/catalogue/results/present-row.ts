import type * as z from "zod";
import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import { type Marketplace, sourceOf } from "../../../catalogue/checks/marketplace-rules.ts";
import type { PublicAddresses } from "../../../catalogue/publish/publications.ts";
import type { ReviewedResult } from "../../../catalogue/review/reviewed-results.ts";
import { isoTime } from "../../http/iso-time.ts";
import { presentChecks } from "../../jobs/present-job.ts";
import type { runRowSchema } from "./result-responses.ts";

export function presentRow(
  { task, number, status, files, jobId, error, charged, review }: ReviewedResult,
  addresses: { readonly link: LinkSigner; readonly public: PublicAddresses; readonly accountId: string },
): z.infer<typeof runRowSchema> {
  const { key, line, sku, shot, version, change, prompt, alt, method, photo } = task;
  const { decision } = review ?? {};
  return {
    task: key,
    number,
    line,
    sku,
    shot,
    version,
    status,
    change: change ?? null,
    method: method ?? null,
    prompt: prompt ?? null,
    alt: alt ?? null,
    photo_url: photo === undefined ? null : addresses.link.file(`in/${addresses.accountId}/${photo}`).url,
    error: error ?? null,
    review:
      review === undefined
        ? null
        : {
            state: review.state,
            flags: [...review.flags],
            reason: decision?.reason ?? null,
            note: decision?.note ?? null,
            decided_at: decision === undefined ? null : isoTime(decision.at),
          },
    files: files.map((file, index) => ({
      name: file.name,
      n: file.n,
      url: addresses.link.file(file.key).url,
      public_url: addresses.public.urlOf(file) ?? null,
      width: file.width,
      height: file.height,
      bytes: file.bytes,
      sha256: file.sha256,
      seed: file.seed,
      checks: file.checks === undefined ? null : presentChecks(file.checks),
      findings: (review?.findings[index] ?? []).map((finding) => ({
        ...finding,
        ...presentSource(finding.marketplace),
      })),
    })),
    job_id: jobId ?? null,
    cost: charged,
  };
}

function presentSource(marketplace: Marketplace) {
  const { source, checkedOn } = sourceOf(marketplace);
  return { source, checked_on: checkedOn };
}
