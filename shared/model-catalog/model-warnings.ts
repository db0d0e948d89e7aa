interface DrawingSettings {
  readonly guidance: number;
  readonly steps: number;
}

/** Settings that a model was made for. */
interface MadeFor {
  readonly defaultSteps: number;
  /** 0 for a model that was distilled to need none. */
  readonly defaultGuidance: number;
}

/**
 * Warnings for settings that work but are seldom meant: a distilled model knows the levels of its own few steps, and
 * half to twice as many are still of its quality.
 */
export function modelWarnings(
  { guidance, steps }: DrawingSettings,
  { defaultSteps, defaultGuidance }: MadeFor,
): string[] {
  if (defaultGuidance > 0) return [];
  const warnings: string[] = [];
  if (guidance > 0) {
    warnings.push(
      `guidance ${guidance} doubles the time and spoils the colours of a model that was distilled to need ` +
        "none; leave guidance out",
    );
  }
  if (steps < defaultSteps / 2 || steps > 2 * defaultSteps) {
    warnings.push(`the model is made for ${defaultSteps} steps; with ${steps} images are worse or merely slower`);
  }
  return warnings;
}

/** Pixels beyond those of its default size, up to which a model still draws one whole image. */
const knownPixels = 4;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A model that has seen small images alone fills a large one with stripes, and the job succeeds all the same. */
export function sizeWarnings({ width, height }: Size, made: Size): string[] {
  if (width * height <= knownPixels * made.width * made.height) return [];
  return [
    `the model is made for images of about ${made.width}x${made.height}; at ${width}x${height} it draws patterns or noise`,
  ];
}
