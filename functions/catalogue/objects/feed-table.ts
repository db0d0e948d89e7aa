import type { ByteSource } from "../bytes/byte-source.ts";
import { notACatalogue } from "../bytes/detect-kind.ts";
import type { CatalogueLimits } from "../limits.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import type { CatalogueRecord, EncodingReport } from "../tables/catalogue-table.ts";
import type { RawTable } from "../tables/open-table.ts";
import { decodeText } from "../text/decode-text.ts";
import { cellTooLarge } from "../text/quoted-cells.ts";
import { attributeOf, BoundedXml } from "./bounded-xml.ts";
import { columnsOf, recordOf } from "./columns-of-objects.ts";
import type { FlatCell } from "./flatten-object.ts";

interface FeedItem {
  readonly line: number;
  readonly cells: readonly FlatCell[];
}

const itemNames = new Set(["item", "entry", "product", "offer"]);

/**
 * Items of a product feed: RSS or Atom with Google's `g:` names, or any XML whose products are `item`, `entry`,
 * `product` or `offer` elements. The file is read once for the names of all fields.
 */
export async function feedTable(
  source: ByteSource,
  encoding: EncodingReport,
  limits: CatalogueLimits,
): Promise<RawTable> {
  const items = () => readItems(source, encoding.name, limits);
  const columns = await columnsOf(items(), limits).catch((error: unknown) => {
    const isOther = error instanceof CatalogueError && error.code === "no_rows";
    throw isOther
      ? notACatalogue({ en: "XML without item, entry or product elements", zh: "没有商品条目的 XML" })
      : error;
  });
  const indexes = new Map(columns.map((column, index) => [column, index]));
  return {
    kind: "xml",
    encoding,
    columns,
    isSparse: true,
    async *rows(): AsyncGenerator<CatalogueRecord, void> {
      for await (const { line, cells } of items()) yield recordOf(line, cells, indexes);
    },
  };
}

async function* readItems(
  source: ByteSource,
  encoding: string,
  limits: CatalogueLimits,
): AsyncGenerator<FeedItem, void> {
  const collector = new ItemCollector(limits);
  for await (const piece of decodeText(source, encoding)) {
    // The declared encoding is the file's; by now it is text.
    collector.push(piece);
    yield* collector.take();
  }
  collector.end();
  yield* collector.take();
}

class ItemCollector {
  readonly #xml: BoundedXml;
  readonly #limits: CatalogueLimits;
  #found: FeedItem[] = [];
  /** Depth below the item; 0 outside of one. */
  #depth = 0;
  #line = 0;
  #fields = new Map<string, { texts: string[]; isGoogle: boolean }>();
  #name = "";
  #isGoogle = false;
  #texts: string[] = [];
  #characters = 0;

  constructor(limits: CatalogueLimits) {
    this.#limits = limits;
    this.#xml = new BoundedXml(
      {
        open: (name, attributes, prefix) => this.#open(name, attributes, prefix),
        text: (text) => this.#text(text),
        close: () => this.#close(),
      },
      { countLines: true },
    );
  }

  push(piece: string): void {
    this.#xml.push(piece);
  }

  end(): void {
    this.#xml.end();
  }

  take(): FeedItem[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  #open(name: string, attributes: { readonly [name: string]: string }, prefix: string): void {
    if (this.#depth > 0) {
      this.#depth++;
      if (this.#depth !== 2) return;
      this.#name = name;
      this.#isGoogle = prefix === "g";
      // Atom's link has its address in an attribute.
      this.#texts = [attributeOf(attributes, "href") ?? ""];
    } else if (itemNames.has(name.toLowerCase())) {
      this.#depth = 1;
      this.#line = this.#xml.line;
      this.#fields = new Map();
      this.#characters = 0;
      const id = attributeOf(attributes, "id");
      if (id !== undefined) this.#fields.set("id", { texts: [id], isGoogle: false });
    }
  }

  #text(text: string): void {
    if (this.#depth < 2) return;
    this.#characters += text.length;
    if (this.#characters > this.#limits.recordCharacters)
      throw cellTooLarge(this.#line, text, this.#limits.cellCharacters);
    this.#texts.push(text);
  }

  #close(): void {
    if (this.#depth === 0) return;
    // Parts of a field, a country and a price of `g:shipping` for example, are joined as in Google's tables.
    if (this.#depth > 2) this.#texts.push("\u0000");
    if (this.#depth === 2) this.#endField();
    if (this.#depth === 1) this.#endItem();
    this.#depth--;
  }

  #endField(): void {
    const parts = this.#texts.join("").split("\u0000");
    const text = parts
      .map((part) => part.trim())
      .filter((part) => part !== "")
      .join(":");
    const { cellCharacters } = this.#limits;
    if (text.length > cellCharacters) throw cellTooLarge(this.#line, text, cellCharacters);
    const known = this.#fields.get(this.#name);
    // `g:title` is meant for the shop, `title` for readers of the feed.
    if (known === undefined || (this.#isGoogle && !known.isGoogle)) {
      this.#fields.set(this.#name, { texts: [text], isGoogle: this.#isGoogle });
    } else if (known.isGoogle === this.#isGoogle && text !== "") known.texts.push(text);
    this.#texts = [];
  }

  #endItem(): void {
    const cells = [...this.#fields].map(([name, { texts }]) => ({ name, text: texts.join(","), isImprecise: false }));
    this.#found.push({ line: this.#line, cells });
  }
}
