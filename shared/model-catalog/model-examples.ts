import type { NativeSize, Words } from "./model-facts.ts";

/**
 * Shapes of about a megapixel that Z-Image's makers offer in their own demonstration, the square first; each side is a
 * multiple of 16.
 */
export const releasedSizes: readonly NativeSize[] = [
  { width: 1024, height: 1024 },
  { width: 1152, height: 896 },
  { width: 896, height: 1152 },
  { width: 1152, height: 864 },
  { width: 864, height: 1152 },
  { width: 1248, height: 832 },
  { width: 832, height: 1248 },
  { width: 1280, height: 720 },
  { width: 720, height: 1280 },
  { width: 1344, height: 576 },
  { width: 576, height: 1344 },
];

/** Prompts for the released models: long ones, as they were trained on, and some with lettering in quotes. */
export const releasedExamples: readonly Words[] = [
  {
    en: "A glazed blue teapot on a linen cloth, soft window light from the left, shallow depth of field, product photo",
    zh: "一只蓝釉茶壶放在亚麻布上，左侧柔和的窗光，浅景深，产品摄影",
  },
  {
    en: 'A small bakery at dawn, warm light through the window, a wooden sign that reads "Fresh Bread"',
    zh: "清晨的小面包店，暖光透过橱窗，木质招牌上写着“新鲜面包”",
  },
  {
    en: "Portrait of an old fisherman in a yellow raincoat, overcast sky, sea behind him, 85 mm, natural skin",
    zh: "身穿黄色雨衣的老渔夫肖像，阴天，身后是大海，85mm 镜头，自然肤质",
  },
  {
    en: "White running shoe floating on a plain light grey background, studio lighting, sharp details",
    zh: "白色跑鞋悬浮在浅灰色纯色背景上，影棚灯光，细节清晰",
  },
  {
    en: "Mountain village under fresh snow at blue hour, lit windows, smoke from the chimneys, wide view",
    zh: "蓝调时刻新雪覆盖的山村，窗户透出灯光，烟囱冒着炊烟，广角",
  },
  {
    en: 'Poster for a jazz evening, a saxophone in flat shapes of orange and navy, large letters "JAZZ NIGHT"',
    zh: "爵士之夜海报，橙色与深蓝色扁平图形的萨克斯，大字“爵士之夜”",
  },
];
