import { chatForm } from "./tokenizer.ts";

/**
 * The pieces that a prompt falls into when it speaks of `references` images; each is encoded by itself. Without any it
 * is the ordinary chat form.
 * @see diffusers `pipeline_z_image_omni.py`, `encode_prompt`
 */
export function editSegments(prompt: string, references: number): string[] {
  if (references === 0) return [chatForm(prompt)];
  return [
    "<|im_start|>user\n<|vision_start|>",
    ...new Array<string>(references - 1).fill("<|vision_end|><|vision_start|>"),
    `<|vision_end|>${prompt}<|im_end|>\n<|im_start|>assistant\n<|vision_start|>`,
    "<|vision_end|><|im_end|>",
  ];
}
