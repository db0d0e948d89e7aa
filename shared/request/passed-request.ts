import type { ImageParams } from "../job.ts";
import type { Passed, PassedParams } from "./passed-fields.ts";

/** Parameters that a job shows in another form than its request has. */
const ruledParams: { readonly [Param in Exclude<keyof ImageParams, keyof PassedParams>]: true } = {
  model: true,
  width: true,
  height: true,
  n: true,
  seed: true,
  steps: true,
  guidance: true,
  format: true,
  quality: true,
  latentsKey: true,
  imageKey: true,
  strength: true,
  maskKey: true,
  maskMode: true,
  referenceKeys: true,
  loras: true,
  controlNet: true,
  parametersInFile: true,
};

/**
 * The passed fields of a job, under their names in requests. Apart from the schema: the function that delivers webhooks
 * shows jobs, and starts without the library that checks requests.
 */
export function passedRequest(params: ImageParams): Passed {
  const passed = Object.entries(params).filter(([param]) => !Object.hasOwn(ruledParams, param));
  const named = passed.map(([param, value]) => [
    param.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return Object.fromEntries(named) as unknown as Passed;
}
