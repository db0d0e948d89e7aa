import { expect, it } from "vitest";
import { editSegments } from "./edit-prompt.ts";
import { chatForm } from "./tokenizer.ts";

it("is the ordinary chat form without references", () => {
  expect(editSegments("a cat", 0)).toEqual([chatForm("a cat")]);
});

// diffusers `pipeline_z_image_omni.py`: a vision start before each image, and one for the image that is drawn.
it("has a place for each image between its pieces, the last for the one that is drawn", () => {
  expect(editSegments("a cat", 1)).toEqual([
    "<|im_start|>user\n<|vision_start|>",
    "<|vision_end|>a cat<|im_end|>\n<|im_start|>assistant\n<|vision_start|>",
    "<|vision_end|><|im_end|>",
  ]);
  const three = editSegments("a cat", 3);
  expect(three).toHaveLength(5);
  expect(three.slice(1, 3)).toEqual(["<|vision_end|><|vision_start|>", "<|vision_end|><|vision_start|>"]);
  for (const references of [1, 2, 3]) {
    const whole = editSegments("a cat", references).join("");
    expect(whole.match(/<\|vision_start\|><\|vision_end\|>/g)).toHaveLength(references + 1);
  }
});
