import type { FileList, OpenAIUploadPart, UploadedFile } from "./api.ts";
import { type QueryOf, type RequestOptions, readJson, type Transport } from "./http/transport.ts";

export type { UploadedFile };

export interface UploadOptions extends RequestOptions {
  /** @default that of a File, else "file" */
  readonly filename?: string;
  /** @default that of a Blob */
  readonly contentType?: string;
  /** Called when bytes have arrived: after each part of a large file, and at the end. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
  /** Called with what to keep of a large file, after each of its parts, so that it can go on later. */
  readonly onPart?: (upload: PartialUpload) => void;
  /** An upload of the same file that broke off: its parts are not sent again. */
  readonly resume?: PartialUpload | undefined;
}

/** A file that is uploaded in parts, as far as it has come. It may be kept as JSON, and is good for an hour. */
export interface PartialUpload {
  readonly id: string;
  /** Of the parts that have arrived, in their order. */
  readonly partIds: readonly string[];
}

type Progress = Pick<UploadOptions, "onProgress" | "onPart" | "resume">;

/** Bytes sent in one request; the server takes 6 MB with the form around them. */
const partBytes = 5_000_000;

/** Resource of `/v1/files`, which follows OpenAI's API. Files of more than 5 MB go in parts, up to 512 MB. */
export class Files {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async upload(data: Blob | Uint8Array<ArrayBuffer> | ArrayBuffer, options: UploadOptions = {}): Promise<UploadedFile> {
    const {
      filename = data instanceof File ? data.name : "file",
      contentType,
      onProgress,
      onPart,
      resume,
      ...rest
    } = options;
    const type = contentType ?? (data instanceof Blob ? data.type : "application/octet-stream");
    const file = data instanceof Blob ? data : new Blob([data], { type });
    if (file.size > partBytes) return this.#uploadInParts(file, { filename, type, onProgress, onPart, resume }, rest);
    const form = new FormData();
    form.append("purpose", "user_data");
    form.append("file", new Blob([file], { type }), filename);
    const uploaded = await this.#sendForm<UploadedFile>("/v1/files", form, rest);
    onProgress?.(file.size, file.size);
    return uploaded;
  }

  async #uploadInParts(
    file: Blob,
    { filename, type, onProgress, onPart, resume }: { readonly filename: string; readonly type: string } & Progress,
    options: RequestOptions,
  ): Promise<UploadedFile> {
    const mime_type = type || "application/octet-stream";
    const body = { bytes: file.size, filename, mime_type, purpose: "user_data" };
    const id = resume?.id ?? (await this.#transport.call("createUpload", { body }, options)).id;
    const part_ids = [...(resume?.partIds ?? [])];
    if (part_ids.length > 0) onProgress?.(Math.min(part_ids.length * partBytes, file.size), file.size);
    for (let at = part_ids.length * partBytes; at < file.size; at += partBytes) {
      const form = new FormData();
      form.append("data", file.slice(at, at + partBytes), "part");
      part_ids.push((await this.#sendForm<OpenAIUploadPart>(`/v1/uploads/${id}/parts`, form, options)).id);
      onPart?.({ id, partIds: [...part_ids] });
      onProgress?.(Math.min(at + partBytes, file.size), file.size);
    }
    const completed = await this.#transport.call("completeUpload", { id, body: { part_ids } }, options);
    if (completed.file === null) throw new Error(`upload ${id} was completed without a file`);
    return completed.file;
  }

  #sendForm<T>(path: string, form: FormData, options: RequestOptions): Promise<T> {
    const url = this.#transport.url(path);
    return this.#transport.send({ method: "POST", url, body: form, repeatable: "refused" }, readJson<T>, options);
  }

  /** A page, newest first; `after` is the id of the last file of the page before. */
  list(query: QueryOf<"listFiles"> = {}, options?: RequestOptions): Promise<FileList> {
    return this.#transport.call("listFiles", { query }, options);
  }

  /** The prefix of an id that `upload` or OpenAI's clients made. */
  async get(id: string, options?: RequestOptions): Promise<UploadedFile> {
    return (await this.#transport.call("getUploadedFile", { id }, options)) as UploadedFile;
  }

  /** The file itself. */
  content(id: string, options?: RequestOptions): Promise<Blob> {
    return this.#transport.callRaw("getFile", { id }, (response) => response.blob(), options);
  }

  async delete(id: string, options?: RequestOptions): Promise<void> {
    await this.#transport.call("deleteFile", { id }, options);
  }
}
