import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLinkSigner } from "../../../shared/access/signed-link.ts";
import { thumbnailKey } from "../../../shared/images/thumbnails.ts";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { type ApiUnderTest, openApi, readProblem, submitJob } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

interface Images {
  readonly data: readonly { readonly id: string; readonly [field: string]: unknown }[];
  readonly next_cursor: string | null;
}

async function draw(body: object = {}) {
  const { job } = await submitJob(api, { steps: 1, ...body });
  await api.worker.workOnce();
  api.clock.advance(1_000);
  return job;
}
const get = async (path: string) => (await api.request("GET", path)).json();
const list = async (query = "") => (await get(`/v1/images${query}`)) as Images;

describe("GET /v1/images", () => {
  it("shows of each image what a gallery needs, with links that open it", async () => {
    const job = await draw({
      prompt: "狐".repeat(400),
      n: 2,
      seed: 7,
      metadata: { run_id: "run_1", sku: "N-1", constructor: "x" },
    });
    const { data, next_cursor } = await list();
    expect(next_cursor).toBeNull();
    expect(data).toHaveLength(2);
    const id = `img_${job.id.slice(4)}_1`;
    expect(data[1]).toMatchObject({
      ...{ id, object: "image", job_id: job.id, index: 1, created_at: job.created_at, model: "z-image-turbo" },
      ...{ width: 64, height: 64, format: "png", seed: 8, run_id: "run_1", sku: "N-1" },
      metadata: { constructor: "x" },
      prompt: `${"狐".repeat(299)}…`,
      expires_at: new Date(Date.parse(job.created_at) + 30 * 86_400_000).toISOString(),
    });
    const thumbnails = data[1]?.thumbnails as { readonly [side: string]: string };
    for (const url of [String(data[1]?.url), thumbnails["256"]!, thumbnails["512"]!]) {
      const file = await api.app.request(url);
      expect([file.status, file.headers.get("content-type")]).toEqual([200, "image/png"]);
    }
    // The same a day later: a browser that has it does not ask again.
    api.clock.advance(86_400_000);
    expect((await list()).data[1]?.thumbnails).toEqual(thumbnails);
    expect((await api.app.request(thumbnails["256"]!)).headers.get("cache-control")).toMatch(/^private, .*immutable$/);
  });

  it("filters, and goes on by its cursor", async () => {
    const fox = await draw({ prompt: "a red fox", n: 3, metadata: { run_id: "run_1", sku: "A" } });
    const cat = await draw({ prompt: "白猫", model: "z-image" });
    const ids = async (query: string) => (await list(query)).data.map(({ job_id }) => job_id);
    expect(await ids("?q=FOX%20red")).toEqual([fox.id, fox.id, fox.id]);
    expect(await ids(`?q=${encodeURIComponent("猫")}`)).toEqual([cat.id]);
    expect(await ids("?model=z-image")).toEqual([cat.id]);
    expect(await ids("?model=zimageturbo")).toEqual([]);
    expect(await ids("?run=run_1&sku=A&metadata[sku]=A&limit=1")).toEqual([fox.id]);
    expect(await ids("?sku=B")).toEqual([]);
    expect(await ids(`?created_before=${cat.created_at}`)).toEqual([fox.id, fox.id, fox.id]);
    expect(await ids(`?created_after=${fox.created_at}`)).toEqual([cat.id]);
    const first = await list("?limit=3");
    const second = await list(`?limit=3&cursor=${first.next_cursor}`);
    expect([...first.data, ...second.data].map(({ index }) => index)).toEqual([0, 0, 1, 2]);
    expect(second.next_cursor).toBeNull();
  });

  it.each([
    ["?limit=0", "limit"],
    ["?limit=101", "limit"],
    ["?q=%00", "q"],
    [`?q=${"x".repeat(201)}`, "q"],
    ["?cursor=xyz", "cursor"],
    ["?created_before=yesterday", "created_before"],
    ["?metadata[__proto__]=x", "metadata.__proto__"],
    ["?page=2", "page"],
    ["/days?q=x", "q"],
  ])("refuses %s", async (query, param) => {
    expect(await readProblem(await api.request("GET", `/v1/images${query}`))).toMatchObject({ status: 400, param });
  });

  it("needs a key that may read jobs", async () => {
    const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["files:write"] });
    for (const path of ["", "/days", "/img_01ARZ3NDEKTSV4RRFFQ69G5FAV_0"]) {
      const headers = { authorization: `Bearer ${value}` };
      const refused = await api.request("GET", `/v1/images${path}`, undefined, headers);
      expect(await readProblem(refused)).toMatchObject({ status: 403, code: "insufficient_scope" });
      expect((await api.app.request(`/v1/images${path}`)).status).toBe(401);
    }
  });
});

it("lists and counts no image that the store of a deployment has deleted sooner", async () => {
  const week = await openApi({ imageRetentionS: 7 * 86_400 });
  try {
    await submitJob(week, { steps: 1 });
    await week.worker.workOnce();
    const read = async (path: string) => (await (await week.request("GET", path)).json()) as Images & { total: number };
    const { data } = await read("/v1/images");
    const lived = Date.parse(String(data[0]?.expires_at)) - Date.parse(String(data[0]?.created_at));
    expect(lived).toBe(7 * 86_400_000);
    week.clock.advance(7 * 86_400_000);
    expect((await read("/v1/images")).data).toEqual([]);
    expect((await read("/v1/images/days")).total).toBe(0);
  } finally {
    await week.close();
  }
});

it("counts images by day", async () => {
  await draw({ n: 2 });
  await draw({ model: "z-image" });
  const day = new Date(api.clock.now()).toISOString().slice(0, 10);
  expect(await get("/v1/images/days")).toEqual({ total: 3, data: [{ day, images: 3 }] });
  expect(await get("/v1/images/days?model=z-image-turbo")).toEqual({ total: 2, data: [{ day, images: 2 }] });
});

describe("GET /v1/images/{id}", () => {
  it("has all that the image was drawn from, under the id that its job shows", async () => {
    const { id } = await draw({ prompt: "a".repeat(2_000), negative_prompt: "blur", model: "z-image" });
    const job = (await get(`/v1/jobs/${id}`)) as { readonly images: readonly { readonly id: string }[] };
    expect(await get(`/v1/images/${job.images[0]?.id}`)).toMatchObject({
      job_id: id,
      prompt: "a".repeat(2_000),
      params: { negative_prompt: "blur", steps: 1 },
      content_type: "image/png",
    });
  });

  it.each([
    "img_",
    "img_01ARZ3NDEKTSV4RRFFQ69G5FAV_0",
    "img_01ARZ3NDEKTSV4RRFFQ69G5FAV",
  ])("is 404 for %s", async (id) => {
    const problem = await readProblem(await api.request("GET", `/v1/images/${id}`));
    expect(problem).toMatchObject({ status: 404, code: "image_not_found" });
  });

  it("is 404 for an image of another account, and for one that the job does not have", async () => {
    const { id } = await draw();
    const other = await api.apiKeys.createAccount("second", { unlimited: true });
    const { value } = await api.apiKeys.createKey(other.id);
    const path = `/v1/images/img_${id.slice(4)}_`;
    expect((await api.request("GET", `${path}0`)).status).toBe(200);
    expect((await api.request("GET", `${path}1`)).status).toBe(404);
    expect((await api.request("GET", `${path}0`, undefined, { authorization: `Bearer ${value}` })).status).toBe(404);
  });
});

describe("thumbnails", () => {
  it("are linked where there are some, kept by browsers, and deleted with their image", async () => {
    const { job } = await submitJob(api);
    const [message] = await api.queue.receive({ visibilityMs: 60_000 });
    const claim = await api.jobs.claim(job.id, "w");
    if (claim.outcome !== "claimed") throw new Error(claim.outcome);
    const key = `o/${job.id}/0-00ff.png`;
    const image = { index: 0, key, width: 512, height: 64, format: "png", bytes: 4, sha256: "00ff", seed: 1 } as const;
    const images = [{ ...image, thumbnails: [256] as const }];
    for (const [each, contentType] of [
      [key, "image/png"],
      [thumbnailKey(image, 256), "image/webp"],
    ] as const) {
      await api.objects.put(each, Buffer.from(each), { contentType });
    }
    await api.jobs.succeed(claim.job, { images, warnings: [], inferenceMs: 1 });
    await api.queue.delete(message!.receipt);
    const thumbnails = (await list()).data[0]?.thumbnails as { readonly [side: string]: string };
    const small = await api.app.request(thumbnails["256"]!);
    expect([small.status, small.headers.get("content-type"), await small.text()]).toEqual([
      200,
      "image/webp",
      thumbnailKey(image, 256),
    ]);
    expect(small.headers.get("cache-control")).toMatch(/^private, max-age=\d{7}, immutable$/);
    expect(await (await api.app.request(thumbnails["512"]!)).text()).toBe(key);
    // A link of one object opens no other.
    const other = thumbnails["256"]!.replace(".256.webp", ".512.webp");
    expect((await api.app.request(other)).status).toBe(403);
    await api.request("DELETE", `/v1/images/img_${job.id.slice(4)}_0`);
    expect((await api.app.request(thumbnails["256"]!)).status).toBe(404);
    expect((await api.objects.list(`o/${job.id}/`)).objects).toEqual([]);
  });

  it("are sent from here where images are redirected to the store", async () => {
    const presigned = "https://store.example/x";
    const redirecting = await openApi({ objects: withMethods(api.objects, { presign: async () => presigned }) });
    try {
      const signer = createLinkSigner({
        secret: "a secret for links",
        origin: "",
        now: redirecting.clock.now,
        lifeS: 60,
      });
      const get = (key: string) => redirecting.app.request(signer.file(key).url);
      await api.objects.put("o/job_1/0-00ff.256.webp", Buffer.from("x"), { contentType: "image/webp" });
      expect((await get("o/job_1/0-00ff.webp")).headers.get("location")).toBe(presigned);
      expect(await (await get("o/job_1/0-00ff.256.webp")).text()).toBe("x");
    } finally {
      await redirecting.close();
    }
  });
});

describe("DELETE /v1/images/{id}", () => {
  it("deletes the file, its previews and links, and says what stays", async () => {
    const { id } = await draw({ n: 2, steps: 2 });
    const before = (await get(`/v1/jobs/${id}`)) as { readonly usage: object };
    const [first, second] = (await list()).data;
    const keys = async (prefix: string) => (await api.objects.list(prefix)).objects.map(({ key }) => key);
    const response = await api.request("DELETE", `/v1/images/${first?.id}`);
    expect([response.status, await response.json()]).toEqual([
      200,
      { id: first?.id, object: "image", deleted: true, kept: ["job", "usage", "verification"] },
    ]);
    expect((await api.app.request(String(first?.url))).status).toBe(404);
    expect((await api.app.request(String(second?.url))).status).toBe(200);
    expect(await keys(`o/${id}/`)).toHaveLength(1);
    expect((await keys(`p/${id}/`)).every((key) => key.startsWith(`p/${id}/1-`))).toBe(true);
    expect(await keys(`p/${id}/`)).toHaveLength(2);
    expect((await list()).data.map((image) => image.id)).toEqual([second?.id]);
    expect(await get(`/v1/jobs/${id}`)).toMatchObject({ images: [{ index: 1 }], usage: before.usage });
    expect((await api.request("DELETE", `/v1/images/${first?.id}`)).status).toBe(404);
    expect(await get("/v1/images/days")).toMatchObject({ total: 1 });
  });

  it("is for keys that may write files, and for nobody else's images", async () => {
    await draw();
    const { id } = (await list()).data[0]!;
    const as = async (accountId: string, scopes: string[]) => {
      const { value } = await api.apiKeys.createKey(accountId, { scopes });
      const headers = { authorization: `Bearer ${value}` };
      const deleted = await api.request("DELETE", `/v1/images/${id}`, undefined, headers);
      const shared = await api.request("POST", `/v1/images/${id}/share`, {}, headers);
      return [deleted.status, shared.status];
    };
    expect(await as(api.account.id, ["jobs:read", "jobs:write"])).toEqual([403, 403]);
    const other = await api.apiKeys.createAccount("second", { unlimited: true });
    expect(await as(other.id, ["*"])).toEqual([404, 404]);
    expect((await list()).data).toHaveLength(1);
  });
});

describe("POST /v1/images/{id}/share", () => {
  it("makes a link that works for as long as it says, and no longer than the image is there", async () => {
    await draw();
    const { id } = (await list()).data[0]!;
    const share = async (body?: object) => {
      const response = await api.request("POST", `/v1/images/${id}/share`, body);
      expect(response.status).toBe(201);
      return (await response.json()) as { readonly url: string; readonly expires_at: string };
    };
    const short = await share({ expires_in: 60 });
    const week = await share();
    expect(Date.parse(short.expires_at) - api.clock.now()).toBeGreaterThan(58_000);
    expect(Date.parse(week.expires_at) - api.clock.now()).toBeLessThanOrEqual(604_800_000);
    expect((await api.app.request(short.url)).status).toBe(200);
    api.clock.advance(60_000);
    expect((await api.app.request(short.url)).status).toBe(410);
    expect((await api.app.request(week.url.replace(/exp=\d+/, "exp=9999999999"))).status).toBe(403);
    const longest = await share({ expires_in: 30 * 86_400 });
    expect(longest.expires_at.slice(0, 19)).toBe(String((await list()).data[0]?.expires_at).slice(0, 19));
    await api.request("DELETE", `/v1/images/${id}`);
    expect((await api.app.request(week.url)).status).toBe(404);
  });

  it.each([
    [{ expires_in: 59 }],
    [{ expires_in: 2_592_001 }],
    [{ expires_in: "1h" }],
    [{ expires_in: 60.5 }],
  ])("refuses %o", async (body) => {
    await draw();
    const response = await api.request("POST", `/v1/images/${(await list()).data[0]?.id}/share`, body);
    expect(await readProblem(response)).toMatchObject({ status: 400, param: "expires_in" });
  });
});

it("takes an image of one's own as the input of another job, and in OpenAI's edits", async () => {
  const first = await draw({ size: "128x64" });
  const { id } = (await list()).data[0]!;
  const second = await draw({ image: id, size: undefined });
  expect(second.params).toMatchObject({ width: 128, height: 64 });
  expect((await api.jobs.get(second.id))?.params.imageKey).toMatch(/^in\/acc_/);
  api.worker.start();
  const edit = await api.request("POST", "/v1/images/edits", { image: id, prompt: "snow", response_format: "url" });
  expect([edit.status, await edit.json()]).toMatchObject([200, { data: [{ url: expect.any(String) }] }]);
  await api.request("DELETE", `/v1/images/${id}`);
  const gone = await api.request("POST", "/v1/jobs", { prompt: "a fox", image: id });
  expect(await readProblem(gone)).toMatchObject({ status: 400, code: "invalid_image", param: "image" });
  expect((await api.jobs.get(first.id))?.deletedImages).toHaveLength(1);
});
