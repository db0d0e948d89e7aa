import { LimitError } from "../../../shared/errors.ts";
import { UploadedFiles } from "../../api/files/uploaded-files.ts";
import { atOnce } from "../../runs/at-once.ts";
import { readChunk, writeChunk } from "../../runs/rows/row-chunks.ts";
import type { Run } from "../../runs/run.ts";
import type { FaceDependencies } from "../../runs/run-face.ts";
import type { Turn } from "../../runs/steps/turn.ts";
import { partsSource } from "../bytes/byte-source.ts";
import { CatalogueError, type CatalogueProblem, catalogueProblem } from "../problems/catalogue-problem.ts";
import type { Product } from "../products/product.ts";
import { changed } from "../run/catalogue-state.ts";
import type { ReadProduct } from "../run/read-products.ts";
import { PictureArchive } from "../zip/picture-archive.ts";
import { fetchPhoto, type StoredPhoto, storePhoto } from "./fetch-photo.ts";

/** What was found of a product's photo; at the place of its product in the chunk of the same number. */
export interface FoundPhoto {
  readonly photo?: StoredPhoto;
  readonly problem?: CatalogueProblem;
  /** Of what is kept alone. */
  readonly mask?: FoundPhoto;
}

/** Fetches of one run at once; one host is asked by at most four. */
const photosAtOnce = 8;
/** The step ends then and is taken again: a function may work for fifteen minutes. */
const passMs = 240_000;
/** Failures of a host in a row after which it is not asked again in this pass. */
const maxHostFailures = 10;
const fetchMs = 120_000;

/**
 * Fetches the photos that the shots need, a chunk of products after the other, and goes on after a crash where it was.
 * @returns whether all are there; else the step is to be taken again
 */
export async function fetchPhotos(turn: Turn, dependencies: FaceDependencies): Promise<boolean> {
  const { objects, clock } = dependencies;
  if (!needsPhotos(turn.run)) return true;
  const until = clock.now() + passMs;
  const hosts = new Map<string, number>();
  const archive = await openPictures(turn.run, dependencies);
  for (let index = turn.run.catalogue!.photosNext ?? 0; ; index++) {
    const products = await readChunk<ReadProduct>(turn.run, "products", index, objects);
    if (products === undefined) return true;
    const found: FoundPhoto[] = products.map(() => ({}));
    const wanted = products.flatMap(({ row }, place) => ("product" in row ? [{ place, product: row.product }] : []));
    const asked = wanted.filter(({ product }) => product.mask || (product.photo && product.photo.from !== "cell"));
    let begun = clock.now();
    await atOnce(asked, photosAtOnce, async ({ place, product }) => {
      found[place] = await findPhotos(product, { run: turn.run, hosts, archive }, dependencies);
      if (clock.now() - begun < fetchMs / 4) return;
      begun = clock.now();
      await turn.keep(undefined, [], fetchMs);
    });
    await writeChunk(turn.run, "photos", index, found, objects);
    await turn.keep((run) => changed(run, { photosNext: index + 1 }), [], fetchMs);
    if (clock.now() < until) continue;
    await turn.end(() => ({ nextAt: clock.now() }));
    return false;
  }
}

function needsPhotos({ catalogue }: Run): boolean {
  return catalogue!.order.shots.some(({ method }) => method !== "draw");
}

/** Where photos come from in one pass. */
interface Sources {
  readonly run: Run;
  /** Failures in a row. */
  readonly hosts: Map<string, number>;
  readonly archive: PictureArchive | undefined;
}

async function findPhotos(product: Product, sources: Sources, dependencies: FaceDependencies): Promise<FoundPhoto> {
  const { mask, line } = product;
  const found = await findPhoto(product, sources, dependencies);
  const isUsed = sources.run.catalogue!.order.shots.some(({ method }) => method === "keep_product");
  if (mask === undefined || !isUsed) return found;
  return { ...found, mask: await findPhoto({ photo: mask, line }, sources, dependencies) };
}

async function findPhoto(
  { photo: written, photoProblem, line }: Pick<Product, "photo" | "photoProblem" | "line">,
  { run, hosts, archive }: Sources,
  dependencies: FaceDependencies,
): Promise<FoundPhoto> {
  if (written === undefined) return photoProblem ? { problem: photoProblem } : {};
  const { mediaBaseUrl } = run.catalogue!.order;
  const photo =
    written.from === "name" && mediaBaseUrl !== undefined
      ? ({ from: "url", url: addressUnder(mediaBaseUrl, written.name) } as const)
      : written;
  const { accountId } = run.identity;
  if (photo.from === "file") return uploadedPhoto(photo.fileId, { line, accountId }, dependencies);
  if (photo.from === "name") return namedPhoto(photo.name, { line, accountId, archive }, dependencies);
  // A picture of a cell was stored while the file was open.
  if (photo.from === "cell") return {};
  const host = URL.parse(photo.url)?.host ?? "";
  const failures = () => hosts.get(host) ?? 0;
  if (failures() >= maxHostFailures) return { problem: catalogueProblem("picture_host_down", { line, value: host }) };
  for (let attempt = 1; ; attempt++) {
    try {
      const stored = await fetchPhoto(photo.url, { line, accountId }, dependencies);
      hosts.set(host, 0);
      return { photo: stored };
    } catch (error) {
      // This process is busy, by no fault of the address.
      if (error instanceof LimitError && attempt < 20) {
        await dependencies.clock.sleep(1_000);
        continue;
      }
      if (!(error instanceof CatalogueError)) throw error;
      const isDead = error.problem.code === "picture_unreachable";
      // Read now: others have failed meanwhile.
      hosts.set(host, isDead ? failures() + 1 : 0);
      return { problem: error.problem };
    }
  }
}

/** A path such as `/m/b/mb01.jpg` below the address of a shop's media. */
function addressUnder(base: string, path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  return [base.replace(/(?<!\/)\/+$/, ""), ...parts.map(encodeURIComponent)].join("/");
}

async function uploadedPhoto(
  fileId: string,
  { line, accountId }: { readonly line: number; readonly accountId: string },
  { objects }: FaceDependencies,
): Promise<FoundPhoto> {
  const stored = /^file-[0-9A-Z]{26}$/.test(fileId) ? await objects.get(`in/${accountId}/${fileId}`) : undefined;
  if (stored === undefined) return { problem: catalogueProblem("picture_not_found_by_name", { line, value: fileId }) };
  try {
    return { photo: await storePhoto(stored.body, { line, value: fileId, accountId }, { objects }) };
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    return { problem: error.problem };
  }
}

/** The ZIP of pictures that the run names, read by ranges. */
async function openPictures(run: Run, dependencies: FaceDependencies): Promise<PictureArchive | undefined> {
  const fileId = run.catalogue!.order.picturesFileId;
  if (fileId === undefined) return undefined;
  const { accountId } = run.identity;
  const { bytes, parts = [{ key: `in/${accountId}/${fileId}`, bytes }] } = await new UploadedFiles(dependencies).get(
    accountId,
    fileId,
  );
  const { objects } = dependencies;
  const read = async (key: string, start: number, end: number) => {
    const stored = await objects.getRange(key, start, end - 1);
    return stored?.body ?? new Uint8Array(0);
  };
  return PictureArchive.open(
    partsSource(parts.map((part) => ({ bytes: part.bytes, read: (start, end) => read(part.key, start, end) }))),
  );
}

async function namedPhoto(
  name: string,
  { line, accountId, archive }: { readonly line: number; readonly accountId: string; archive?: PictureArchive },
  { objects }: FaceDependencies,
): Promise<FoundPhoto> {
  const found = archive?.find(name, line);
  if (found === undefined) return { problem: catalogueProblem("picture_not_found_by_name", { line, value: name }) };
  if ("problem" in found) return found;
  try {
    return { photo: await storePhoto(await archive!.read(found.entry), { line, value: name, accountId }, { objects }) };
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    return { problem: error.problem };
  }
}
