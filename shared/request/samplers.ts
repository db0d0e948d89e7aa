/**
 * Network calls of one step of each sampler: what a step costs, in time and in money; the last step of each makes one.
 * The samplers themselves are `gpu-worker/pipeline/samplers/`, which is checked to have one for every name here.
 */
export const callsPerStep = { euler: 1, heun: 2, euler_ancestral: 1 } as const satisfies Readonly<
  Record<string, number>
>;

export type SamplerName = keyof typeof callsPerStep;

export const samplerNames = Object.keys(callsPerStep) as [SamplerName, ...SamplerName[]];

export const defaultSampler: SamplerName = "euler";
