import { InvalidInputError } from "../../../shared/errors.ts";
import type { JobPrice } from "../../../shared/job.ts";
import { findModel } from "../../../shared/model-catalog/model-catalog.ts";
import { priceOf } from "../../../shared/money/price-list.ts";
import type { ImageSubmission } from "../../../shared/request/parse-image-request.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";

type PriceDependencies = Pick<RouteDependencies, "models" | "prices">;

/** Price of a submission if it succeeds: both quotes and charges use this function. */
export function priceSubmission(
  { params, lane }: Pick<ImageSubmission, "params" | "lane">,
  { models, prices }: PriceDependencies,
  at: number,
): JobPrice {
  const model = findModel(models, params.model);
  return priceOf(prices, { params, lane, modelNames: model ? [model.id, ...model.aliases] : [params.model] }, at);
}

/** The price as the job records it, with the customer that usage is reported under. */
export function priceFor(identity: Identity, price: JobPrice): JobPrice {
  return { ...price, meterCustomer: identity.terms.meterCustomer };
}

/** @throws InvalidInputError `max_cost_exceeded` */
export function assertMaxCost(
  { amount, currency }: Pick<JobPrice, "amount" | "currency">,
  maxCost: number | undefined,
): void {
  if (maxCost === undefined || amount <= maxCost) return;
  const message =
    `max_cost is ${maxCost} micro-${currency}, this costs ${amount}; raise max_cost, or ask for fewer steps or ` +
    "pixels";
  throw new InvalidInputError("max_cost_exceeded", message, {
    param: "max_cost",
    values: { needed: amount, max_cost: maxCost, currency },
  });
}
