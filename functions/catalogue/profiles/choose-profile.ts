import { CatalogueError } from "../problems/catalogue-problem.ts";
import { findColumn } from "./find-column.ts";
import { normalizedName } from "./normalized-name.ts";
import { type ExportProfile, genericProfile, headersOf, profiles } from "./profile.ts";

interface ChosenProfile {
  readonly profile: ExportProfile;
  /** From 0 to 1: how many of the export's columns are there; 0 for a table that is no known export. */
  readonly confidence: number;
}

/**
 * The export whose anchors are all among the columns; of several the one with most of them.
 * @param asked - id of a profile, where the caller knows
 * @throws CatalogueError `profile_unknown`
 */
export function chooseProfile(columns: readonly string[], asked?: string): ChosenProfile {
  if (asked !== undefined) {
    const profile = [...profiles, genericProfile].find(({ id }) => id === asked);
    if (profile !== undefined) return { profile, confidence: confidenceOf(profile, columns) };
    const known = [...profiles, genericProfile].map(({ id }) => id).join(", ");
    throw new CatalogueError("profile_unknown", { value: asked, known }, { param: "profile" });
  }
  const names = new Set(columns);
  const normalized = new Set(columns.map(normalizedName));
  // Headers for people are typed anew, in lower case for example. Those of programs are in lower case, and so usual
  // (`id`, `title`) that they say something only where they are spelled exactly.
  const isThere = (header: string) =>
    names.has(header) || (header !== header.toLowerCase() && normalized.has(normalizedName(header)));
  const fitting = profiles.filter((profile) => profile.anchors.every((list) => headersOf(profile, list).some(isThere)));
  let best: ChosenProfile = { profile: genericProfile, confidence: 0 };
  for (const profile of fitting) {
    const confidence = confidenceOf(profile, columns);
    const isMoreSpecific = profile.anchors.length > best.profile.anchors.length;
    const isLikelier = profile.anchors.length === best.profile.anchors.length && confidence > best.confidence;
    if (isMoreSpecific || isLikelier) best = { profile, confidence };
  }
  return best;
}

function confidenceOf(profile: ExportProfile, columns: readonly string[]): number {
  if (profile === genericProfile) return 0;
  const { anchors, sku, key = [], fields, photos } = profile;
  const lists = [...anchors, sku, ...(key.length > 0 ? [key] : []), ...Object.values(fields)];
  const wanted = [...lists, ...photos.map(({ column }) => [column])];
  const found = wanted.filter((list) => findColumn(columns, headersOf(profile, list)) !== undefined);
  return Math.round((100 * found.length) / wanted.length) / 100;
}
