import type { SameKeys } from "../../text/texts.ts";
import type { en } from "./messages.en.ts";

export const zh = {
  title: "提示词",
  sub: "十四条在 Z-Image 上验证过的提示词，以及你自己的。",
  yours: "我的",
  product: "商品",
  portrait: "人像",
  chinese: "国风",
  poster: "文字海报",
  concept: "概念",
  useIt: "拿去创作",
  saveIt: "存为我的",
  notDrawn: "这里还没画过",
  drawIt: "画一张样图",
  tips: "小技巧",
  fill: "填写标出的词",
  emptyT: "还没有自己的提示词",
  emptyP: "在创作页保存一条，或从卡片开始改。",
  needs: "需要 Z-Image-Turbo",
  made: "由 {m} 生成",
} satisfies SameKeys<typeof en>;
