import { client } from "../../../server/client.ts";

interface ShownImage {
  readonly name: string;
  readonly url: string;
}

/** By the jobs of the run, which are listed newest first; of one that drew nothing, the first rows. */
export async function latestImages(
  id: string,
  { drawn, most }: { readonly drawn: number; readonly most: number },
  signal: AbortSignal,
): Promise<ShownImage[]> {
  if (drawn > 0) {
    const filter = { metadata: { run_id: id }, status: "succeeded" } as const;
    const { data } = await client.value.jobs.list(filter, { signal, pageSize: most }).page();
    const found = data.flatMap(({ images, metadata }) =>
      images.map(({ url }) => ({ name: `${metadata.sku ?? ""} ${metadata.shot ?? ""}`, url })),
    );
    if (found.length > 0) return found.slice(0, most);
  }
  const { data } = await client.value.runs.rows(id, { limit: String(most) }, { signal });
  return data.flatMap(({ files }) => files.map(({ name, url }) => ({ name, url }))).slice(0, most);
}
