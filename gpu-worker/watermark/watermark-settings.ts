import { environment } from "../../shared/environment.ts";

/** What a deployment without a name of its own is called in watermarks. */
export const defaultWatermarkName = "z-image";

/** JSON of the networks that mark images, and what this deployment is called in the mark; none where none is set. */
export function readWatermark(
  env: Readonly<Record<string, string | undefined>>,
): { readonly path: string; readonly deployment: string } | undefined {
  const path = env[environment.watermark] || undefined;
  return path === undefined ? undefined : { path, deployment: env[environment.watermarkName] || defaultWatermarkName };
}
