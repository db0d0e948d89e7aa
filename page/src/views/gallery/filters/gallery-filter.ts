import type { ImageFilter } from "../../../../../sdk/src/index.ts";

/** What the gallery shows, as it stands in its address. An empty text is no filter. */
export interface GalleryFilter {
  readonly q: string;
  readonly model: string;
  /** UTC days, `YYYY-MM-DD`, both included: the API counts images by these. */
  readonly from: string;
  readonly to: string;
  readonly run: string;
  readonly sku: string;
  readonly labels: readonly { readonly name: string; readonly value: string }[];
}

export const noFilter: GalleryFilter = { q: "", model: "", from: "", to: "", run: "", sku: "", labels: [] };

const fields = ["q", "model", "from", "to", "run", "sku"] as const;
const dayMs = 86_400_000;
const maxTextCharacters = 200;

/** @param search - of the address; what it does not know, and days that are none, are left out */
export function readFilter(search: URLSearchParams): GalleryFilter {
  const text = (name: string) => (search.get(name) ?? "").slice(0, maxTextCharacters);
  const found = Object.fromEntries(fields.map((name) => [name, text(name)]));
  const labels = search.getAll("label").flatMap((label) => {
    const colon = label.indexOf(":");
    return colon < 1 ? [] : [{ name: decoded(label.slice(0, colon)), value: label.slice(colon + 1) }];
  });
  const { from = "", to = "" } = found;
  return { ...noFilter, ...found, from: isDay(from) ? from : "", to: isDay(to) ? to : "", labels };
}

/** The address of the gallery with a filter. @param more - `image`, `with` and `at` */
export function galleryAddress(filter: GalleryFilter, more: { readonly [name: string]: string } = {}): string {
  const search = new URLSearchParams();
  for (const name of fields) if (filter[name] !== "") search.set(name, filter[name]);
  for (const { name, value } of filter.labels) search.append("label", `${encodeURIComponent(name)}:${value}`);
  for (const [name, value] of Object.entries(more)) search.set(name, value);
  const query = search.toString();
  return query === "" ? "/gallery" : `/gallery?${query}`;
}

export const isFiltered = (filter: GalleryFilter): boolean => galleryAddress(filter) !== "/gallery";

/** Whether the API counts these images by day: it does for all, and by model. */
export function isCounted({ q, run, sku, labels }: GalleryFilter): boolean {
  return q.trim() === "" && run === "" && sku === "" && labels.length === 0;
}

/** The filter of `GET /v1/images`. Its times are exclusive. */
export function imageFilter({ q, model, from, to, run, sku, labels }: GalleryFilter): ImageFilter {
  return {
    ...(q.trim() !== "" && { q: q.trim() }),
    ...(model !== "" && { model }),
    ...(from !== "" && { created_after: new Date(Date.parse(from) - 1).toISOString() }),
    ...(to !== "" && { created_before: new Date(Date.parse(to) + dayMs).toISOString() }),
    ...(run !== "" && { run }),
    ...(sku !== "" && { sku }),
    ...(labels.length > 0 && { metadata: Object.fromEntries(labels.map(({ name, value }) => [name, value])) }),
  };
}

/** A name may hold a colon of its own. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
