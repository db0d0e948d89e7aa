import type { RouteDependencies } from "../../../api/dependencies.ts";
import { runFolder } from "../../../runs/rows/row-chunks.ts";
import type { Run } from "../../../runs/run.ts";
import { type PublicAddresses, publicAddresses } from "../../publish/publications.ts";
import { mayLeave, type ReviewedResult, reviewedResults } from "../../review/reviewed-results.ts";
import { plannedRows } from "../../run/planned-rows.ts";
import { openRunTable, openSource } from "../../run/read-products.ts";
import type { NamedFile } from "../../run/task-results.ts";
import type { Channel } from "./channels.ts";
import { addMarks, type ExportMarks, readMarks } from "./export-marks.ts";
import type { ExportImage, ExportProduct, LeftOut } from "./export-product.ts";
import { type FormerImages, formerImages } from "./former-images.ts";
import { writeBackFiles } from "./write-back-files.ts";

export interface ExportWishes {
  readonly channel: Channel;
  readonly mode: "append" | "front";
  /** Images that the channel has been given already, too. */
  readonly full: boolean;
  readonly onlyApproved: boolean;
  /** Address that the public images are reached under. */
  readonly origin: string;
}

export interface Exported {
  readonly files: readonly { readonly key: string; readonly bytes: number }[];
  readonly products: number;
  readonly images: number;
  /** Images without a public address. */
  readonly held: number;
  /** What somebody should look at before the import. */
  readonly notes: readonly string[];
  readonly leftOut: readonly { readonly sku: string; readonly shot: string; readonly reason: string }[];
}

/** More of what is left out is not named. */
const maxLeftOut = 100;
/** Shopify's longest text. */
const maxAltCharacters = 512;
const contentType = "text/csv; charset=utf-8";

type ExportDependencies = Pick<RouteDependencies, "items" | "objects" | "clock" | "newId">;

/**
 * Writes the files that a shop imports: products with an image that the channel has not been given yet with this
 * content. The files are stored before it is recorded that the channel has them; a crash between the two lists the
 * same images again.
 * @throws ItemsConditionFailed where another export to the channel ended meanwhile
 */
export async function exportImages(
  run: Run,
  wishes: ExportWishes,
  dependencies: ExportDependencies,
): Promise<Exported> {
  const { objects, newId } = dependencies;
  const owner = { accountId: run.identity.accountId, runKey: run.catalogue!.order.runKey };
  const id = newId();
  const before = await readMarks(owner, wishes.channel, dependencies);
  const collected = new Collected(wishes, {
    marks: before.marks,
    addresses: await publicAddresses(dependencies.items, owner, wishes.origin),
    former: await formerOf(run, wishes.channel, dependencies),
  });
  const leftOut: Exported["leftOut"][number][] = [];
  const leaveOut = ({ product, image, reason }: LeftOut) => {
    collected.leaveOut(product.sku, image.key);
    if (leftOut.length < maxLeftOut) leftOut.push({ sku: product.sku, shot: image.shot, reason });
  };
  const notes = new Set<string>();
  const note = (text: string) => void notes.add(text);
  const products = collected.products(run, dependencies);
  const files: { key: string; bytes: number }[] = [];
  let text = "";
  const store = async () => {
    const key = `${runFolder(run)}/x/${wishes.channel}-${id.slice(-8).toLowerCase()}-${files.length + 1}.csv`;
    const body = Buffer.from(text);
    await objects.put(key, body, { contentType });
    files.push({ key, bytes: body.length });
    text = "";
  };
  for await (const chunk of writeBackFiles(wishes.channel, products, { mode: wishes.mode, leaveOut, note })) {
    if (chunk.file > files.length) await store();
    text += chunk.text;
  }
  if (text !== "") await store();
  if (collected.given.size > 0)
    await addMarks(owner, wishes.channel, { before, added: collected.given, id }, dependencies);
  const { held, given, productCount } = collected;
  return { files, products: productCount, images: given.size, held, notes: [...notes], leftOut };
}

async function formerOf(run: Run, channel: Channel, dependencies: ExportDependencies): Promise<FormerImages> {
  await using source = await openSource(run, dependencies);
  return formerImages(channel, await openRunTable(run, source));
}

interface Known {
  readonly marks: ExportMarks;
  readonly addresses: PublicAddresses;
  readonly former: FormerImages;
}

/** An image with a public address. */
interface PublicImage {
  readonly task: ReviewedResult["task"];
  readonly file: NamedFile;
  readonly url: string;
  readonly key: string;
}

/** The products of one export, and what it counts on the way. */
class Collected {
  readonly #wishes: ExportWishes;
  readonly #known: Known;
  /** Images that the files name, by task and variation. */
  readonly given = new Map<string, string>();
  /** How many images the files name of each product, by its SKU. */
  readonly #imagesBySku = new Map<string, number>();
  held = 0;

  constructor(wishes: ExportWishes, known: Known) {
    this.#wishes = wishes;
    this.#known = known;
  }

  /** Products of which the files name an image. */
  get productCount(): number {
    return [...this.#imagesBySku.values()].filter((images) => images > 0).length;
  }

  /** An image that the channel does not take is not recorded as given. */
  leaveOut(sku: string, key: string): void {
    this.given.delete(key);
    this.#imagesBySku.set(sku, this.#imagesBySku.get(sku)! - 1);
  }

  async *products(run: Run, dependencies: ExportDependencies): AsyncGenerator<ExportProduct, void> {
    const results = reviewedResults(run, dependencies);
    let result: ReviewedResult | undefined = (await results.next()).value ?? undefined;
    for await (const row of plannedRows(run, dependencies.objects)) {
      const own: ReviewedResult[] = [];
      // Both are in the same order: a row that is refused has one result, a product one for each shot.
      const line = "refused" in row ? row.refused.line : row.product.line;
      for (; result?.task.line === line; result = (await results.next()).value ?? undefined) own.push(result);
      if ("refused" in row) continue;
      const { images, first } = this.#imagesOf(own);
      if (images.length === 0) continue;
      const { product } = row;
      this.#imagesBySku.set(product.sku, images.length);
      const fallback = product.fields.title ?? product.sku;
      yield {
        product,
        images: images.map((image) => exportImage(image, fallback)),
        firstImage: first!.url,
        formerImages: this.#known.former(product),
      };
    }
  }

  #imagesOf(results: readonly ReviewedResult[]) {
    const { channel, mode, full, onlyApproved } = this.#wishes;
    const all = results.flatMap((result) => {
      if (!mayLeave(result, onlyApproved)) return [];
      return result.files.flatMap((file): PublicImage | [] => {
        const url = this.#known.addresses.urlOf(file);
        if (url !== undefined) return { task: result.task, file, url, key: `${result.task.key}#${file.n}` };
        this.held++;
        return [];
      });
    });
    const isNew = ({ key, file }: PublicImage) => full || this.#known.marks.get(key) !== file.sha256;
    // Where a row replaces a gallery, it names what stays as well.
    const replaces = channel === "woocommerce" || mode === "front";
    const wanted = replaces && all.some(isNew) ? all : all.filter(isNew);
    for (const { key, file } of wanted) this.given.set(key, file.sha256);
    return { first: all[0], images: wanted.map((image) => ({ ...image, isFirst: image === all[0] })) };
  }
}

function exportImage(
  { task, file, url, key, isFirst }: PublicImage & Pick<ExportImage, "isFirst">,
  fallback: string,
): ExportImage {
  const { width, height } = file;
  const alt = [...(task.alt ?? fallback)].slice(0, maxAltCharacters).join("");
  return { key, isFirst, shot: task.shot, url, alt, width, height, isLabelled: file.isLabelled ?? false };
}
