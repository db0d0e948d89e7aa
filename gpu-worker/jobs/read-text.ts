import { PipelineError } from "../../shared/errors.ts";

/** Reads the text in an image. @throws PipelineError `text_reader_failed` */
export type TextReader = (image: Uint8Array, expected: readonly string[], signal: AbortSignal) => Promise<string>;

const timeoutMs = 20_000;
const maxResponseBytes = 100_000;

/**
 * The deployer's own reader of text: `POST {"image": base64, "expected": [lines]}`, which responds `{"text": "…"}`, a
 * line for each line that it finds.
 * @param url - of the deployer's configuration
 */
export function createTextReader(url: string): TextReader {
  return async (image, expected, signal) => {
    const body = JSON.stringify({ image: Buffer.from(image).toString("base64"), expected });
    const failed = (why: string, cause?: unknown) =>
      new PipelineError("text_reader_failed", `the text reader ${why}`, { retryable: true, cause });
    const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body, signal: within, redirect: "error" });
      if (!response.ok) throw failed(`responded with status ${response.status}`);
      const { text } = JSON.parse(await boundedText(response, failed)) as { readonly text?: unknown };
      if (typeof text !== "string") throw failed('responded without "text"');
      return text;
    } catch (error) {
      if (error instanceof PipelineError) throw error;
      throw failed(`could not be used: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  };
}

async function boundedText(response: Response, failed: (why: string) => PipelineError): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > maxResponseBytes) throw failed(`responded with more than ${maxResponseBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
