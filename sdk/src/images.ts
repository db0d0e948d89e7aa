import type { DeletedImage, Image, ImageDays, ImageDetail, ImageLink, ShareRequest } from "./api.ts";
import type { QueryOf, RequestOptions, Transport } from "./http/transport.ts";
import { Pages } from "./pages.ts";

export type ImageFilter = Omit<NonNullable<QueryOf<"listImages">>, "limit" | "cursor">;

/** Resource of `/v1/images`: the account's finished images. */
export class Images {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Newest first. A page of a search may be short, or empty, and others follow it.
   * @param pageSize - 1 to 100, images fetched at a time
   */
  list(
    filter: ImageFilter = {},
    { pageSize, ...options }: RequestOptions & { readonly pageSize?: number } = {},
  ): Pages<Image> {
    return new Pages((cursor) => {
      const page = { limit: pageSize === undefined ? undefined : String(pageSize), cursor };
      return this.#transport.call("listImages", { query: { ...filter, ...page } }, options);
    });
  }

  /** How many there are, in all and by day (UTC): the length of `list`. @param model - only those of this model */
  days(filter: { readonly model?: string } = {}, options?: RequestOptions): Promise<ImageDays> {
    return this.#transport.call("countImages", { query: filter }, options);
  }

  /** With all that it was drawn from, and fresh links. */
  get(id: string, options?: RequestOptions): Promise<ImageDetail> {
    return this.#transport.call("getImage", { id }, options);
  }

  /** Deletes the file; `kept` says what stays. */
  delete(id: string, options?: RequestOptions): Promise<DeletedImage> {
    return this.#transport.call("deleteImage", { id }, options);
  }

  /**
   * A link that opens the image for whoever has it.
   * @param request - `expires_in` seconds, a week by default; at most until the image expires
   */
  share(id: string, request: ShareRequest = {}, options?: RequestOptions): Promise<ImageLink> {
    return this.#transport.call("shareImage", { id, body: request, repeatable: "always" }, options);
  }
}
