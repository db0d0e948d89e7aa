/**
 * All warnings of the service, each once: its code, and its sentence in English and Chinese. A name in braces is one of
 * its values. A code means the same for ever: programs go by it.
 */
export const warningTexts = {
  // of the request
  guidance_not_needed: {
    en: "guidance {guidance} doubles the time and spoils the colours of a model that was distilled to need none; leave guidance out",
    zh: "该模型经过蒸馏，不需要引导：guidance {guidance} 会使耗时加倍并破坏色彩，请不要设置 guidance",
  },
  unusual_steps: {
    en: "the model is made for {made_for} steps; with {steps} images are worse or merely slower",
    zh: "该模型适合 {made_for} 步；用 {steps} 步只会变差或变慢",
  },
  size_too_large: {
    en: "the model is made for images of about {made_for}; at {size} it draws patterns or noise",
    zh: "该模型适合约 {made_for} 的图片；用 {size} 会画出条纹或噪声",
  },
  size_not_trained: {
    en: "the model is made for images of {made_for} and was never trained at {size}; choose one of its native sizes",
    zh: "该模型只用 {made_for} 的图片训练过，没有训练过 {size}；请选用它的原生尺寸",
  },
  unknown_object: {
    en: "{model} knows {known} objects; none found in this prompt; nearest: {nearest}",
    zh: "{model} 只认识 {known} 种物体，提示词中一种也没有；最接近的有：{nearest}",
  },
  negative_prompt_unused: {
    en: "negative_prompt has no effect while guidance is 0",
    zh: "guidance 为 0 时 negative_prompt 不起作用",
  },
  sigmas_begin_low: {
    en: "sigmas begin at {first}: the model takes the noise that it starts from for a nearly finished image",
    zh: "sigmas 从 {first} 开始：模型会把起始噪声当成快完成的图片",
  },
  mask_missing: {
    en: "{field} has no effect without mask",
    zh: "没有 mask 时 {field} 不起作用",
  },
  quality_unused: {
    en: "output.quality has no effect on png",
    zh: "output.quality 对 png 不起作用",
  },
  /** A field of another service's API that is not followed to the letter. */
  foreign_field: { en: "{text}", zh: "请求中有未完全采用的字段：{text}" },

  // of the drawing
  prompt_truncated: {
    en: "the prompt has {tokens} tokens and was cut to the {read} that the model reads; shorten it",
    zh: "提示词有 {tokens} 个词元，已截断为模型能读取的 {read} 个，请缩短",
  },
  drawn_again: {
    en: "the image from seed {seed} came out in one colour or overflowed; it was drawn again from seed {next}",
    zh: "种子 {seed} 的图片只有一种颜色或数值溢出，已用种子 {next} 重新生成",
  },
  drawn_again_without_latents: {
    en: "the image from the given latents came out in one colour or overflowed; it was drawn again from seed {next}",
    zh: "用所给 latents 生成的图片只有一种颜色或数值溢出，已用种子 {next} 重新生成",
  },
  lora_tensors_left_out: {
    en: "{adapter}: {tensors} left out, for {what}: {names}",
    zh: "{adapter}：有 {count} 个张量未使用（{what}）：{names}",
  },
  lora_without_settings: {
    en: "{adapter} is a file of PEFT's, which says in adapter_config.json how strongly it acts; without that it acts as if alpha were the rank: delete {id} and send both, the second as config",
    zh: "{adapter} 是 PEFT 的文件，其强度写在 adapter_config.json 中；缺少它时按 alpha 等于秩处理：请删除 {id}，把两个文件一起上传（后者作为 config）",
  },
  lora_tensors_repeated: {
    en: "{adapter}: counted once, by the name that comes first, though other values follow: {names}",
    zh: "{adapter}：同一层出现多次，只采用第一个：{names}",
  },
  product_enlarged: {
    en: "the product was enlarged {times} times and looks soft; send a larger photo, or ask for less",
    zh: "商品被放大了 {times} 倍，会显得模糊；请上传更大的照片，或减小占比",
  },
  photo_enlarged: {
    en: "the part of the photo, {size}, was enlarged {times} times; send a larger photo",
    zh: "所裁部分 {size} 被放大了 {times} 倍，请上传更大的照片",
  },
  background_enclosed: {
    en: "{share} of the product have the background's colour and are enclosed by it, as in a handle; they were kept as product: give a photo with transparency if they are holes",
    zh: "商品内部有 {share} 与背景同色（例如把手之中），已当作商品保留；若是镂空，请提供带透明通道的照片",
  },
  image_not_judged: {
    en: "the image was not checked: the moderation service gave no verdict",
    zh: "图片未经审核：审核服务没有给出判定",
  },
  text_not_read: {
    en: "checks.text was not read: {why}",
    zh: "未能读取 checks.text：{why}",
  },
} as const satisfies { readonly [code: string]: { readonly en: string; readonly zh: string } };

export type WarningCode = keyof typeof warningTexts;
