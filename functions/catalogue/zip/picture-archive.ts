import yauzl, { type Entry, type ZipFile } from "yauzl";
import type { ByteSource } from "../bytes/byte-source.ts";
import { CatalogueError, type CatalogueProblem, catalogueProblem } from "../problems/catalogue-problem.ts";
import { asFileError, inflates } from "./catalogue-zip.ts";
import { SourceReader } from "./source-reader.ts";

const maxArchiveBytes = 2_000_000_000;
const maxEntries = 60_000;
const maxPictureBytes = 50_000_000;
/** What systems put beside images. */
const clutter = /(?:^|\/)(?:__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)/i;

/** A picture that is named, or why there is none. */
type FoundPicture = { readonly entry: Entry } | { readonly problem: CatalogueProblem };

/**
 * A ZIP of pictures by their names without folders, compared without case. Only its directory is read; a picture is
 * unpacked when it is asked for, by a range of the file. Two of one name are both refused by that name, whichever of
 * them was meant.
 */
export class PictureArchive {
  readonly #file: ZipFile;
  readonly #reader: SourceReader;
  readonly #entries: ReadonlyMap<string, readonly NamedEntry[]>;

  private constructor(file: ZipFile, reader: SourceReader, entries: ReadonlyMap<string, readonly NamedEntry[]>) {
    this.#file = file;
    this.#reader = reader;
    this.#entries = entries;
  }

  /** @throws CatalogueError `file_too_large`, `file_damaged`, `file_encrypted`, `file_inflates_too_much` */
  static async open(source: ByteSource): Promise<PictureArchive> {
    if (source.bytes > maxArchiveBytes) {
      throw new CatalogueError("file_too_large", { value: String(source.bytes), limit: maxArchiveBytes });
    }
    const reader = new SourceReader(source);
    try {
      // Names are decoded here: ZIPs made on Windows in China have them in GBK, without saying so.
      const options = { autoClose: false, decodeStrings: false };
      const file = await yauzl.fromRandomAccessReaderPromise(reader, source.bytes, options);
      if (file.entryCount > maxEntries) throw inflates(`${file.entryCount} entries`, `${maxEntries} entries`);
      const entries = new Map<string, NamedEntry[]>();
      for await (const entry of file.eachEntry()) {
        const path = pathOf(entry);
        if (path.endsWith("/") || clutter.test(path)) continue;
        if (entry.isEncrypted()) throw new CatalogueError("file_encrypted");
        const key = keyOf(path);
        const same = entries.get(key);
        if (same === undefined) entries.set(key, [{ path, entry }]);
        else same.push({ path, entry });
      }
      return new PictureArchive(file, reader, entries);
    } catch (error) {
      throw asFileError(error, reader);
    }
  }

  get pictures(): number {
    return this.#entries.size;
  }

  /** Names that are in the archive more than once. */
  ambiguous(): CatalogueProblem[] {
    return [...this.#entries.values()].filter(({ length }) => length > 1).map(ambiguity);
  }

  /** @param name - as a cell spells it, folders and case do not matter; `undefined` when there is none */
  find(name: string, line: number): FoundPicture | undefined {
    const found = this.#entries.get(keyOf(name));
    if (found === undefined) return undefined;
    if (found.length > 1) return { problem: { ...ambiguity(found), line } };
    const { entry } = found[0]!;
    if (entry.uncompressedSize <= maxPictureBytes) return { entry };
    return { problem: catalogueProblem("picture_too_large", { line, value: name, limit: maxPictureBytes }) };
  }

  /** @throws CatalogueError `file_damaged` */
  async read(entry: Entry): Promise<Uint8Array> {
    try {
      const stream = await this.#file.openReadStreamPromise(entry);
      const pieces: Uint8Array[] = [];
      for await (const piece of stream) pieces.push(piece as Uint8Array);
      return Buffer.concat(pieces);
    } catch (error) {
      throw asFileError(error, this.#reader);
    }
  }
}

interface NamedEntry {
  readonly path: string;
  readonly entry: Entry;
}

function ambiguity(entries: readonly NamedEntry[]): CatalogueProblem {
  const paths = entries.slice(0, 4).map(({ path }) => path);
  const what = entries.length > paths.length ? `${paths.join(", ")} …` : paths.join(", ");
  return catalogueProblem("picture_name_ambiguous", { value: lastPart(paths[0]!), what });
}

function keyOf(path: string): string {
  return lastPart(path).normalize("NFC").toLowerCase().trim();
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

const saysUtf8 = 0x0800;
const unicodePathField = 0x7075;

function pathOf(entry: Entry): string {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
  const isNamedTwice = extraFields.some(({ id }) => id === unicodePathField);
  if ((generalPurposeBitFlag & saysUtf8) === 0 && isNamedTwice) {
    return yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
  }
  return decodedName(fileNameRaw).replaceAll("\\", "/");
}

function decodedName(bytes: Uint8Array): string {
  for (const encoding of ["utf-8", "gb18030"]) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // Not in this encoding.
    }
  }
  return new TextDecoder("windows-1252").decode(bytes);
}
