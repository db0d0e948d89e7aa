interface DrawingSettings {
  readonly guidance: number;
  readonly steps: number;
}

/** Steps that a distilled model was trained for, and how far from them pictures are still of its quality. */
const turboSteps = 8;
const fewestTurboSteps = 4;
const mostTurboSteps = 16;

/** What can be drawn but is seldom meant. @param model.family - `turbo` is distilled: few steps, no guidance */
export function modelWarnings(
  { guidance, steps }: DrawingSettings,
  { family }: { readonly family: "turbo" | "base" },
): string[] {
  if (family !== "turbo") return [];
  const warnings: string[] = [];
  if (guidance > 0) {
    warnings.push(
      `guidance ${guidance} doubles the time and spoils the colours of a Turbo model, which was distilled to need none; leave guidance out`,
    );
  }
  if (steps < fewestTurboSteps || steps > mostTurboSteps) {
    warnings.push(`a Turbo model is made for ${turboSteps} steps; with ${steps} pictures are worse or merely slower`);
  }
  return warnings;
}
