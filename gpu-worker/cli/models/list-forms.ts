import { PipelineError } from "../../../shared/errors.ts";
import { checkAddress, type HubName, hubs } from "./hubs.ts";
import { formSources, type KnownModel, type PullForm, pullForms } from "./known-models.ts";
import { listForm } from "./pull-model.ts";
import type { Recommendation } from "./recommend-form.ts";

/** One form of a model as the hub has it now. */
export interface OfferedForm {
  readonly form: PullForm;
  /** Bytes of all its files; absent where the hub does not have it whole. */
  readonly bytes?: number;
  /** Why it cannot be pulled. */
  readonly problem?: string;
}

export interface ListFormsOptions {
  readonly model: KnownModel;
  readonly from: HubName;
  readonly mirror?: string;
  readonly token?: string;
  readonly signal?: AbortSignal;
}

/** The forms of a model with what they weigh at the hub. A form that the hub lacks is reported, not thrown. */
export async function listForms({ mirror, ...options }: ListFormsOptions): Promise<readonly OfferedForm[]> {
  const address = mirror === undefined ? hubs[options.from].address : checkAddress(mirror);
  const offered = pullForms.filter((form) => formSources(options.model, form));
  return Promise.all(
    offered.map(async (form): Promise<OfferedForm> => {
      try {
        const listings = await listForm({ ...options, form }, address);
        const sizes = listings.flatMap(({ files }) => files.map(({ bytes }) => bytes));
        return { form, bytes: sizes.reduce((sum, size) => sum + size, 0) };
      } catch (error) {
        options.signal?.throwIfAborted();
        if (error instanceof PipelineError) return { form, problem: error.message };
        throw error;
      }
    }),
  );
}

/** A line per form, and the one to take here. */
export function formatForms(
  model: KnownModel,
  forms: readonly OfferedForm[],
  here: Recommendation | undefined,
): string {
  const lines = forms.map(({ form, bytes, problem }) => {
    const size = bytes === undefined ? (problem ?? "") : `${(bytes / 1e9).toFixed(1)} GB`;
    return `${form === here?.form ? "*" : " "} ${form.padEnd(13)} ${size}`;
  });
  const advice = here
    ? `\n* for this machine (${here.reason}): npm run models -- pull ${model} --form ${here.form}`
    : "\nno backend is usable here: npm run doctor";
  return `${lines.join("\n")}\n${advice}`;
}
