import { type Outgoing, type RequestOptions, readJson, type Transport } from "./transport.ts";

/** A file sent earlier, to be named in requests: as `image`, `mask`, … of a job. */
export interface UploadedFile {
  /** `file-…` */
  readonly id: string;
  readonly bytes: number;
  /** Seconds since the epoch. */
  readonly created_at: number;
  readonly filename: string;
  readonly purpose: string;
}

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
    return this.#send({ method: "POST", path: "/v1/files", body: form, repeatable: "refused" }, rest);
  }

  get(id: string, options?: RequestOptions): Promise<UploadedFile> {
    return this.#send({ method: "GET", path: `/v1/files/${encodeURIComponent(id)}`, repeatable: "always" }, options);
  }

  async delete(id: string, options?: RequestOptions): Promise<void> {
    await this.#send({ method: "DELETE", path: `/v1/files/${encodeURIComponent(id)}`, repeatable: "always" }, options);
  }

  #send<T>({ path, ...outgoing }: Omit<Outgoing, "url"> & { path: string }, options?: RequestOptions): Promise<T> {
    return this.#transport.send({ ...outgoing, url: this.#transport.url(path) }, readJson<T>, options);
  }
}
