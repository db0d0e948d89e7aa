import { join } from "node:path";
import { z } from "zod";
import { loadTextEncoder } from "../../networks/text-encoder-model.ts";
import { chatForm } from "../../pipeline/prompt/tokenizer.ts";
import { createNodeRuntime } from "../../runtime/onnx-session.ts";
import { loadTokenizer } from "../../weights/folder/load-tokenizer.ts";
import { openModelFolder } from "../../weights/folder/model-folder.ts";
import type { Comparison } from "./comparison.ts";
import { type GoldenCase, parseInputs } from "./golden-case.ts";

const promptsSchema = z.object({ prompts: z.array(z.string()).min(1) });

/** Ids of prompts and every hidden state. */
export async function replayTextEncoder(
  golden: GoldenCase,
  checkpoints: string,
  comparison: Comparison,
): Promise<void> {
  const { prompts } = parseInputs(golden, promptsSchema);
  const folder = await openModelFolder(join(checkpoints, golden.checkpoint ?? ""));
  const tokenizer = await loadTokenizer(folder.tokenizer);
  const textEncoder = await loadTextEncoder(folder.textEncoder, createNodeRuntime());
  try {
    for (const [i, prompt] of prompts.entries()) {
      const { inputIds } = tokenizer.tokenizePrompt(prompt);
      comparison.exact(`input_ids.${i}`, inputIds);
      comparison.variant("all states");
      for (const [k, hidden] of (await textEncoder.encodeAll(inputIds)).entries())
        comparison.tensor(`hidden.${i}.${k}`, hidden);
      // What the pipeline uses comes from a graph of its own, without the last layer.
      comparison.variant("conditioning");
      comparison.tensor(`hidden.${i}.${textEncoder.config.layers - 1}`, await textEncoder.encode(inputIds));
      comparison.variant(undefined);
    }
  } finally {
    await textEncoder.release();
  }
}

const rowsSchema = z
  .array(
    z.object({
      text: z.string(),
      ids: z.array(z.int()),
      chat_text: z.string(),
      chat_ids: z.array(z.int()),
      chat_ids_truncated: z.record(z.string().regex(/^\d+$/), z.array(z.int())),
    }),
  )
  .min(1);

/** Ids of bare texts, of their chat form, and truncated. The case keeps them in its manifest. */
export async function replayTokenizer(golden: GoldenCase, checkpoints: string, comparison: Comparison): Promise<void> {
  const rows = parseInputs(golden, rowsSchema, golden.manifest.rows);
  const folder = await openModelFolder(join(checkpoints, golden.checkpoint ?? ""));
  const tokenizer = await loadTokenizer(folder.tokenizer);
  for (const [i, row] of rows.entries()) {
    comparison.fact(`rows.${i}.ids`, row.ids, tokenizer.tokenize(row.text));
    comparison.fact(`rows.${i}.chat_text`, Buffer.from(row.chat_text), Buffer.from(chatForm(row.text)));
    comparison.fact(
      `rows.${i}.chat_ids`,
      row.chat_ids,
      tokenizer.tokenizePrompt(row.text, Number.POSITIVE_INFINITY).inputIds,
    );
    for (const [limit, ids] of Object.entries(row.chat_ids_truncated)) {
      const { inputIds } = tokenizer.tokenizePrompt(row.text, Number(limit));
      comparison.fact(`rows.${i}.chat_ids_truncated.${limit}`, ids, inputIds);
    }
  }
}
