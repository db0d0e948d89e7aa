import type { RouteDependencies } from "../../dependencies.ts";

/** What is wrong before the first piece is the response, in place of one that breaks off. */
export async function textStream(
  text: AsyncGenerator<string>,
  dependencies: Pick<RouteDependencies, "log">,
): Promise<ReadableStream<Uint8Array>> {
  const first = await text.next();
  async function* bytes() {
    if (first.done) return;
    yield Buffer.from(first.value);
    for await (const piece of text) yield Buffer.from(piece);
  }
  return byteStream(bytes(), dependencies);
}

/** What fails in the middle cuts the connection, so that no client takes half of it for the whole. */
export function byteStream(
  bytes: AsyncIterable<Uint8Array>,
  { log }: Pick<RouteDependencies, "log">,
): ReadableStream<Uint8Array> {
  async function* told() {
    try {
      yield* bytes;
    } catch (error) {
      log("error", "a download broke off", { error: String(error) });
      throw error;
    }
  }
  const pieces = told();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return();
    },
  });
}
