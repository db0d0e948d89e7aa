import { samplerLabels } from "../../../../shared/image-files/infotext.ts";
import type { SamplerName } from "../../../../shared/request/samplers.ts";

/** Names that tools know the samplers by: the one that lists show, and others for the same. */
export const samplers: readonly {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly native: SamplerName;
}[] = [
  { name: samplerLabels.euler, aliases: ["k_euler", "euler"], native: "euler" },
  {
    name: samplerLabels.euler_ancestral,
    aliases: ["k_euler_a", "k_euler_ancestral", "euler_ancestral"],
    native: "euler_ancestral",
  },
  { name: samplerLabels.heun, aliases: ["k_heun", "heun"], native: "heun" },
];

/** The sampler of this name, or `undefined`: the caller takes the default, because tools always name one. */
export function findSampler(name: string): SamplerName | undefined {
  const wanted = name.trim().toLowerCase();
  return samplers.find(({ name: shown, aliases }) =>
    [shown, ...aliases].some((known) => known.toLowerCase() === wanted),
  )?.native;
}

/** The flow-match schedule of the model is the only one; these are names for whatever the model uses. */
const ownSchedules: ReadonlySet<string> = new Set(["", "automatic", "use same scheduler"]);

export function isOwnSchedule(name: string): boolean {
  return ownSchedules.has(name.trim().toLowerCase());
}
