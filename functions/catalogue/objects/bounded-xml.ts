import { SaxesParser } from "saxes";
import { CatalogueError } from "../problems/catalogue-problem.ts";

/** Attributes by local name: `g:id` and `id` are the same. */
export type XmlAttributes = { readonly [name: string]: string };

export interface XmlHandlers {
  /** @param name - without its prefix; `prefix` is empty where there is none */
  open(name: string, attributes: XmlAttributes, prefix: string): void;
  text?(text: string): void;
  close(name: string): void;
}

/** Characters that may arrive without one event: a text, an attribute, a comment. */
const maxSilentCharacters = 4_000_000;
const maxDepth = 200;

/**
 * Reads XML that arrives in pieces. Prefixes are ignored, entities beyond the five of XML are errors, and memory is
 * bounded whatever the text holds.
 * @throws CatalogueError `file_unsafe_xml` for a document type definition, `file_damaged` for what is no XML
 */
export class BoundedXml {
  readonly #parser: SaxesParser<{ xmlns: false; position: boolean }>;
  #silent = 0;
  #depth = 0;

  constructor(handlers: XmlHandlers, { countLines = false }: { readonly countLines?: boolean } = {}) {
    const parser = new SaxesParser({ xmlns: false, position: countLines });
    this.#parser = parser;
    parser.on("doctype", () => {
      throw new CatalogueError("file_unsafe_xml");
    });
    parser.on("error", (cause) => {
      throw new CatalogueError("file_damaged", { value: cause.message }, { cause });
    });
    parser.on("opentag", ({ name, attributes }) => {
      this.#silent = 0;
      if (++this.#depth > maxDepth) {
        throw new CatalogueError("file_damaged", { value: `more than ${maxDepth} elements within each other` });
      }
      const colon = name.indexOf(":");
      handlers.open(colon < 0 ? name : name.slice(colon + 1), attributes, colon < 0 ? "" : name.slice(0, colon));
    });
    parser.on("closetag", ({ name }) => {
      this.#silent = 0;
      this.#depth--;
      handlers.close(name.slice(name.indexOf(":") + 1));
    });
    const { text } = handlers;
    if (text !== undefined) {
      parser.on("text", (value) => text(value));
      parser.on("cdata", (value) => text(value));
    }
  }

  /** Line of the piece that is read now, from 1. */
  get line(): number {
    return this.#parser.line;
  }

  push(piece: string): void {
    // In short steps, so that a text that never ends is noticed before it is held.
    for (let at = 0; at < piece.length; at += 65_536) {
      const step = piece.slice(at, at + 65_536);
      this.#silent += step.length;
      this.#parser.write(step);
      if (this.#silent > maxSilentCharacters) {
        throw new CatalogueError("cell_too_large", { line: this.#parser.line, value: step, limit: 1_000_000 });
      }
    }
  }

  end(): void {
    this.#parser.close();
  }
}

/** An attribute whatever its prefix is: `r:id` is found as `id`. */
export function attributeOf(attributes: XmlAttributes, name: string): string | undefined {
  if (Object.hasOwn(attributes, name)) return attributes[name];
  for (const [key, value] of Object.entries(attributes)) {
    if (key.endsWith(name) && key[key.length - name.length - 1] === ":") return value;
  }
  return undefined;
}
