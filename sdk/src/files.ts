import type { FileList, UploadedFile } from "./api.ts";
import { type QueryOf, type RequestOptions, readJson, type Transport } from "./transport.ts";

export type { UploadedFile };

export interface UploadOptions extends RequestOptions {
  /** @default that of a File, else "file" */
  readonly filename?: string;
  /** @default that of a Blob */
  readonly contentType?: string;
}

/** Resource of `/v1/files`, which follows OpenAI's API. The server takes at most 6 MB at once. */
export class Files {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  upload(data: Blob | Uint8Array<ArrayBuffer> | ArrayBuffer, options: UploadOptions = {}): Promise<UploadedFile> {
    const { filename = data instanceof File ? data.name : "file", contentType, ...rest } = options;
    const type = contentType ?? (data instanceof Blob ? data.type : "application/octet-stream");
    const form = new FormData();
    form.append("purpose", "user_data");
    form.append("file", new Blob([data], { type }), filename);
    const url = this.#transport.url("/v1/files");
    return this.#transport.send(
      { method: "POST", url, body: form, repeatable: "refused" },
      readJson<UploadedFile>,
      rest,
    );
  }

  /** A page, newest first; `after` is the id of the last file of the page before. */
  list(query: QueryOf<"listFiles"> = {}, options?: RequestOptions): Promise<FileList> {
    return this.#transport.call("listFiles", { query }, options);
  }

  /** The prefix of an id that `upload` or OpenAI's clients made. */
  async get(id: string, options?: RequestOptions): Promise<UploadedFile> {
    return (await this.#transport.call("getUploadedFile", { id }, options)) as UploadedFile;
  }

  async delete(id: string, options?: RequestOptions): Promise<void> {
    await this.#transport.call("deleteFile", { id }, options);
  }
}
