import type { JobRequest, Model } from "../../../../../sdk/src/index.ts";
import { client } from "../../../server/client.ts";
import { useServer } from "../../../server/queries.ts";
import { moneyText } from "../../../text/money-text.ts";
import { draft } from "../draft.ts";
import { jobRequest } from "../job-request.ts";
import { createText } from "../messages.ts";
import { isDefaultModel } from "../models.ts";
import { shownSize, sizeFault } from "../sizes.ts";
import styles from "./price.module.css";

/** What a press on Draw costs, and how long it takes. The text has no part in it, so that typing asks for nothing. */
export function Price({ model }: { readonly model: Model | undefined }) {
  const { value } = draft;
  const fault = model === undefined ? null : sizeFault(shownSize({ ...value, input: null }, model), model.limits);
  const request = model && { ...jobRequest({ ...value, prompt: "x" }, model, isDefaultModel(model), null) };
  const quote = useServer({
    key: ["quote", request],
    get: (signal) => client.value.quote(request as JobRequest, { signal }),
    enabled: request !== undefined && fault === null,
    keepPrevious: true,
  });
  const { data } = quote.value;
  if (data === undefined || fault !== null) return <span class={styles.price} />;
  const price = moneyText(data.amount, data.currency);
  const seconds = data.eta_s === null ? null : Math.max(1, Math.ceil(data.eta_s));
  return <span class={styles.price}>{seconds === null ? price : createText("price", { price, s: seconds })}</span>;
}
