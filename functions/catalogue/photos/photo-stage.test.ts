import sharp from "sharp";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { PipelineError } from "../../../shared/errors.ts";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { readChunk, writeChunk } from "../../runs/rows/row-chunks.ts";
import type { FaceDependencies } from "../../runs/run-face.ts";
import { effectiveShots, type ShotRequest } from "../plan/shots.ts";
import { catalogueProblem } from "../problems/catalogue-problem.ts";
import type { Product } from "../products/product.ts";
import { type CatalogueOrder, noCounts } from "../run/catalogue-state.ts";
import type { ReadProduct } from "../run/read-products.ts";
import { type FoundPhoto, fetchPhotos } from "./photo-stage.ts";

type Fetch = NonNullable<FaceDependencies["fetchImage"]>;

let png: Buffer;
beforeAll(async () => {
  png = await sharp({ create: { width: 8, height: 6, channels: 3, background: "red" } })
    .png()
    .toBuffer();
});

let opened: Awaited<ReturnType<typeof openRun>> | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

type Given = Pick<Product, "photo" | "photoProblem" | "mask">;

/** A run at its photos, with these chunks of products. */
async function openStage(
  chunks: readonly (readonly Given[])[],
  method: ShotRequest["method"] = "restyle",
  mediaBaseUrl?: string,
) {
  const order: CatalogueOrder = {
    mapping: {},
    duplicates: "refuse",
    runKey: "spring",
    naming: { pattern: "{sku}", ascii: false },
    seeds: { kind: "per_sku" },
    redraw: "changed",
    acceptWarnings: false,
    start: true,
    shots: effectiveShots([{ id: "main", method, prompt: "a vase" }]),
    mediaBaseUrl,
  };
  const cost = { quoted: 0, dearest: 0, charged: 0, currency: "USD" };
  const catalogue = { order, stage: "photos", products: 0, counts: noCounts, cost, outcomes: [], settled: 0 } as const;
  opened = await openRun([], { face: "catalogue", status: "importing", catalogue });
  const { run, objects, clock, dependencies, turn } = opened;
  for (const [number, chunk] of chunks.entries()) {
    const products = chunk.map((given, index): ReadProduct => {
      return { row: { product: { index, line: index + 2, sku: `S-${index}`, fields: {}, cells: {}, ...given } } };
    });
    await writeChunk(run, "products", number, products, objects);
  }
  const asked: string[] = [];
  return {
    asked,
    clock,
    objects,
    accountId: run.identity.accountId,
    found: (chunk: number) => readChunk<FoundPhoto>(run, "photos", chunk, objects),
    async pass(answer: (url: string) => Awaited<ReturnType<Fetch>>["body"] | Promise<never>) {
      const fetchImage: Fetch = async (url) => {
        asked.push(url);
        return { status: 200, headers: {}, body: await answer(url), truncated: false };
      };
      return fetchPhotos(await turn(), { ...dependencies, fetchImage });
    },
  };
}

const url = (address: string): Given => ({ photo: { from: "url", url: address } });
const dead = (): Promise<never> => Promise.reject(new PipelineError("webhook_timeout", "no response"));

describe("fetchPhotos", () => {
  it("asks for nothing where every shot is made from words", async () => {
    const stage = await openStage([[url("https://shop.example/a.png")]], "draw");
    expect(await stage.pass(() => png)).toBe(true);
    expect(stage.asked).toEqual([]);
    expect(await stage.found(0)).toBeUndefined();
  });

  it("puts what it found at the place of its product, uploaded files among it, and what the file said was wrong", async () => {
    const fileId = `file-${"A".repeat(26)}`;
    const photoProblem = catalogueProblem("picture_missing_in_file", { line: 4, column: "Photo", value: "ID_7" });
    const file = (id: string): Given => ({ photo: { from: "file", fileId: id } });
    const unknown = `file-${"B".repeat(26)}`;
    const stage = await openStage([
      [{}, url("https://shop.example/a.png"), { photoProblem }, file(fileId), file(unknown), file("../other")],
    ]);
    await stage.objects.put(`in/${stage.accountId}/${fileId}`, png, { contentType: "image/png" });
    expect(await stage.pass(() => png)).toBe(true);
    expect(await stage.found(0)).toMatchObject([
      {},
      { photo: { width: 8, height: 6 } },
      {},
      { photo: { width: 8, height: 6 } },
      { problem: { code: "picture_not_found_by_name", line: 6, value: unknown } },
      { problem: { code: "picture_not_found_by_name", line: 7, value: "../other" } },
    ]);
  });

  it("asks for paths under the address of the shop's media", async () => {
    const path = (name: string): Given => ({ photo: { from: "name", name } });
    const base = "https://shop.example/media/catalog/product/";
    const stage = await openStage(
      [[path("/m/b/mb 01.jpg"), path("../../admin"), url("https://a.example/x.png")]],
      "restyle",
      base,
    );
    await stage.pass(() => png);
    expect(stage.asked.sort()).toEqual([
      "https://a.example/x.png",
      "https://shop.example/media/catalog/product/admin",
      "https://shop.example/media/catalog/product/m/b/mb%2001.jpg",
    ]);
  });

  it("ends its pass after four minutes, and goes on at the next chunk without asking again", async () => {
    const stage = await openStage([[url("https://shop.example/a.png")], [url("https://shop.example/b.png")]]);
    const slow = () => {
      stage.clock.advance(240_000);
      return png;
    };
    expect(await stage.pass(slow)).toBe(false);
    expect((await opened!.read()).catalogue!.photosNext).toBe(1);
    await stage.pass(slow);
    expect(await stage.pass(slow)).toBe(true);
    expect(stage.asked).toEqual(["https://shop.example/a.png", "https://shop.example/b.png"]);
  });

  it("gives a host up after ten failures in a row, and asks the others all the same", async () => {
    const rows = Array.from({ length: 60 }, (_, index) => url(`https://dead.example/${index}.png`));
    const stage = await openStage([[...rows, url("https://shop.example/a.png")]]);
    await stage.pass((address) => (address.startsWith("https://dead") ? dead() : png));
    const found = (await stage.found(0))!;
    const codes = found.map(({ problem }) => problem?.code);
    // Eight are fetched at once: seven more may have been asked when the tenth fails.
    const asked = codes.filter((code) => code === "picture_unreachable").length;
    expect(asked).toBeGreaterThanOrEqual(10);
    expect(asked).toBeLessThanOrEqual(17);
    expect(codes.at(-2)).toBe("picture_host_down");
    expect(found[59]!.problem!.value).toBe("dead.example");
    expect(found[60]).toMatchObject({ photo: { width: 8 } });
  });

  it("does not give up a host that answers now and then", async () => {
    // A chunk each: one after the other.
    const chunks = Array.from({ length: 30 }, (_, index) => [url(`https://slow.example/${index}.png`)]);
    const stage = await openStage(chunks);
    await stage.pass((address) => (/9\.png$/.test(address) ? png : dead()));
    expect(stage.asked).toHaveLength(30);
    expect((await stage.found(29))![0]!.photo).toMatchObject({ width: 8 });
  });
});

it("fetches the mask of a photo where a product is kept, and says what is wrong with it", async () => {
  const [photo, mask] = ["a", "mask"].map(
    (name) => ({ from: "url", url: `https://shop.example/${name}.png` }) as const,
  );
  const none = { from: "name", name: "none.png" } as const;
  const given = [[{ photo, mask: mask! }, { photo, mask: none }, { photo }]];
  const kept = await openStage(given, "keep_product");
  expect(await kept.pass(() => png)).toBe(true);
  expect(await kept.found(0)).toMatchObject([
    { photo: { width: 8 }, mask: { photo: { width: 8 } } },
    { photo: { width: 8 }, mask: { problem: { code: "picture_not_found_by_name", value: "none.png" } } },
    { photo: { width: 8 } },
  ]);
  await opened?.close();
  const restyled = await openStage(given, "restyle");
  await restyled.pass(() => png);
  expect(restyled.asked).not.toContain(mask!.url);
});
