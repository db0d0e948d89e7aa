import type { BrowserContext, Route } from "playwright-core";

/** An image as `GET /v1/images` lists it. */
export interface StubImage {
  readonly id: string;
  readonly prompt: string;
  readonly created_at: string;
  readonly [field: string]: unknown;
}

export interface StubOptions {
  readonly images: number;
  /** They are spread over as many days, the last of them today. @default 30 */
  readonly days?: number;
  /** Told of each image as it is made. */
  readonly change?: (index: number) => Partial<StubImage>;
}

const things = [
  "penguin",
  "red teapot",
  "sunflower",
  "rocket",
  "robot",
  "panda",
  "cake",
  "apple",
  "octopus",
  "avocado",
];
const dayMs = 86_400_000;
const pageLimit = 100;

/**
 * Responds to what the gallery asks of `/v1/images` in the server's place, with as many images as a test wants: listed,
 * counted, filtered, read and deleted as the real routes do, which have tests of their own.
 */
export async function stubImages(context: BrowserContext, options: StubOptions) {
  const images = makeImages(options);
  const requests: string[] = [];
  const state = { images, requests, failing: false };
  await context.route(/\/v1\/images(?:[/?]|$)/, (route) => respond(route, state));
  await context.route(/\/v1\/jobs\/job_/, (route) => {
    const times = { started_at: "2026-01-31T12:00:00.000Z", finished_at: "2026-01-31T12:00:00.600Z" };
    return route.fulfill({ json: { ...times, cost: { charged: 40, currency: "usd" } } });
  });
  await context.route(/\/stub-thumbnails\//, (route) => {
    const hue = Number(/(\d+)\.svg/.exec(route.request().url())?.[1] ?? 0) % 360;
    const shape = `<circle cx="64" cy="64" r="44" fill="hsl(${hue} 70% 55%)"/>`;
    const body = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128"><rect width="128" height="128" fill="#fff"/>${shape}</svg>`;
    return route.fulfill({ contentType: "image/svg+xml", body });
  });
  return state;
}

function makeImages({ images, days = 30, change = () => ({}) }: StubOptions): StubImage[] {
  const today = Date.parse(new Date().toISOString().slice(0, 10));
  const now = Date.now() - 60_000;
  const perDay = Math.ceil(images / days);
  return Array.from({ length: images }, (_, index) => {
    const day = Math.floor(index / perDay);
    const dayEnd = day === 0 ? now : today - (day - 1) * dayMs - 1;
    const room = day === 0 ? Math.max(1, now - today) : dayMs - 1;
    const createdAt = new Date(dayEnd - Math.floor(((index % perDay) * room) / perDay)).toISOString();
    return makeImage(index, createdAt, change(index));
  });
}

function makeImage(index: number, createdAt: string, change: Partial<StubImage>): StubImage {
  const file = `/stub-thumbnails/${index}.svg`;
  return {
    id: `img_${String(index).padStart(26, "0")}_0`,
    object: "image",
    job_id: `job_${String(index).padStart(26, "0")}`,
    index: 0,
    created_at: createdAt,
    expires_at: new Date(Date.parse(createdAt) + 30 * dayMs).toISOString(),
    model: "zimage-tiny",
    width: 128,
    height: 128,
    format: "png",
    bytes: 20_000,
    seed: index,
    run_id: null,
    sku: index % 7 === 0 ? `SKU-${index}` : null,
    metadata: index % 7 === 0 ? { sku: `SKU-${index}` } : {},
    url: file,
    url_expires_at: createdAt,
    thumbnails: { "256": file, "512": file },
    prompt: `a ${things[index % things.length]}, number ${index}`,
    ...change,
  };
}

type StubState = Awaited<ReturnType<typeof stubImages>>;

function respond(route: Route, state: StubState): Promise<void> {
  const url = new URL(route.request().url());
  state.requests.push(`${route.request().method()} ${url.pathname}${url.search}`);
  if (state.failing) return route.fulfill({ status: 500, json: { code: "internal", detail: "broken" } });
  const id = /\/v1\/images\/(img_\w+)/.exec(url.pathname)?.[1];
  if (url.pathname === "/v1/images/days") return route.fulfill({ json: countDays(state.images, url.searchParams) });
  if (id === undefined) return route.fulfill({ json: listPage(state.images, url.searchParams) });
  const image = state.images.find((each) => each.id === id);
  if (image === undefined)
    return route.fulfill({ status: 404, json: { code: "image_not_found", detail: `there is no image ${id}` } });
  if (url.pathname.endsWith("/share")) {
    const seconds = (route.request().postDataJSON() as { expires_in: number }).expires_in;
    const expires_at = new Date(Date.now() + seconds * 1_000).toISOString();
    return route.fulfill({
      json: { object: "image_link", image_id: id, url: `https://images.example/${id}?for=${seconds}`, expires_at },
    });
  }
  if (route.request().method() === "DELETE") {
    state.images.splice(state.images.indexOf(image), 1);
    return route.fulfill({ json: { id, object: "image", deleted: true, kept: ["job", "usage"] } });
  }
  const params = {
    model: image.model,
    prompt: image.prompt,
    width: 128,
    height: 128,
    n: 1,
    seed: image.seed,
    steps: 8,
  };
  const detail = {
    sha256: "0",
    content_type: "image/png",
    params: { ...params, guidance: 0, output: { format: "png" } },
  };
  return route.fulfill({ json: { ...image, ...detail } });
}

function countDays(images: readonly StubImage[], search: URLSearchParams) {
  const days = new Map<string, number>();
  for (const image of images) {
    if (search.has("model") && image.model !== search.get("model")) continue;
    const day = image.created_at.slice(0, 10);
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  const data = [...days].sort(([a], [b]) => (a < b ? 1 : -1)).map(([day, count]) => ({ day, images: count }));
  return { total: data.reduce((sum, day) => sum + day.images, 0), data };
}

function listPage(images: readonly StubImage[], search: URLSearchParams) {
  const words = (search.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const after = search.get("created_after") ?? "";
  const before = search.get("created_before") ?? "9";
  const sku = search.get("sku");
  const found = images.filter(
    (image) =>
      words.every((word) => image.prompt.toLowerCase().includes(word)) &&
      image.created_at > after &&
      image.created_at < before &&
      (!search.has("model") || image.model === search.get("model")) &&
      (sku === null || image.sku === sku) &&
      (!search.has("run") || image.run_id === search.get("run")) &&
      hasLabels(image, search),
  );
  const limit = Math.min(pageLimit, Number(search.get("limit") ?? 20));
  const from = Number(search.get("cursor") ?? 0);
  const data = found.slice(from, from + limit);
  return { data, next_cursor: from + limit < found.length ? String(from + limit) : null };
}

/** `metadata.NAME=VALUE` */
function hasLabels({ metadata }: StubImage, search: URLSearchParams): boolean {
  const labels = metadata as { readonly [name: string]: string };
  return [...search]
    .filter(([name]) => name.startsWith("metadata"))
    .every(([name, value]) => labels[name.replace(/^metadata\.|^metadata\[|\]$/g, "")] === value);
}
