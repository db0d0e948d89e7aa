import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/**
 * The reference implementation of C2PA, compiled to WebAssembly for browsers. It reads its source through a Blob and a
 * FileReaderSync, which Node does not have.
 */
export type C2paLibrary = typeof import("@contentauth/c2pa-wasm");

let loaded: Promise<C2paLibrary> | undefined;

/**
 * Loads it once: 9 MB, 80 to 260 ms.
 * @param wasmPath - its WebAssembly. @default that of the installed package
 */
export function loadC2pa(wasmPath?: string): Promise<C2paLibrary> {
  loaded ??= load(wasmPath);
  return loaded;
}

async function load(wasmPath?: string): Promise<C2paLibrary> {
  Object.assign(globalThis, { FileReaderSync: MemoryFileReader });
  const library = await import("@contentauth/c2pa-wasm");
  const wasm = await readFile(wasmPath ?? fileURLToPath(import.meta.resolve("@contentauth/c2pa-wasm/c2pa.wasm")));
  await library.default({ module_or_path: wasm });
  return library;
}

/** A Blob whose bytes can be had at once. */
export class MemoryBlob extends Blob {
  readonly content: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array, type: string) {
    const own = new Uint8Array(bytes);
    super([own], { type });
    this.content = own;
  }

  override slice(start = 0, end = this.size, type = this.type): MemoryBlob {
    return new MemoryBlob(this.content.subarray(start, end), type);
  }
}

class MemoryFileReader {
  readAsArrayBuffer({ content }: MemoryBlob): ArrayBuffer {
    return content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength);
  }
}
