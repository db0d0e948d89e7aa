import type { SamplerName } from "../../../shared/request/samplers.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./euler-ancestral.ts";
import { heun } from "./heun.ts";
import type { Sampler } from "./sampler.ts";

/** By the names that requests use. */
export const samplers: Readonly<Record<SamplerName, Sampler>> = { euler, heun, euler_ancestral: eulerAncestral };
