import type { ImageDetail } from "../../../../../sdk/src/index.ts";
import { client } from "../../../server/client.ts";
import { useServer } from "../../../server/queries.ts";
import { apiKey } from "../../../server/session.ts";

/** The image's own response; none is asked for without an id. */
export function useImageDetail(id: string | null) {
  return useServer<ImageDetail>({
    key: ["image", apiKey.value, id],
    get: (signal) => client.value.images.get(id ?? "", { signal }),
    enabled: id !== null,
  });
}
