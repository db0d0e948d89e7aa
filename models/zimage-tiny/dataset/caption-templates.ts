import type { Language } from "./emoji-object.ts";

/**
 * Where `{n}` is the object, `{an}` the object with its article (English), `{c}` the background colour. The wordings of
 * `heldOut` are for the score alone: none of them, nor their own words (sticker, favourite, 贴纸, 喜欢 …), may come in
 * anything that is trained on.
 */
export interface CaptionTemplates {
  /** No background said: white. */
  readonly plain: readonly string[];
  /** White said without naming it as a colour of the eight. */
  readonly white: readonly string[];
  readonly coloured: readonly string[];
  /**
   * Words around an object that change nothing in the image: what teaches the model to look for the object among
   * words it does not know.
   */
  readonly loose: {
    readonly openings: readonly string[];
    readonly adjectives: readonly string[];
    readonly endings: readonly string[];
  };
  readonly heldOut: readonly string[];
}

export const captionTemplates: Readonly<Record<Language, CaptionTemplates>> = {
  en: {
    plain: [
      "{n}",
      "{an}",
      "the {n}",
      "one {n}",
      '"{n}"',
      "{n} icon",
      "{n} emoji",
      "a picture of {an}",
      "an image of {an}",
      "a photo of {an}",
      "a 3D icon of {an}",
      "{n}, 3D toy icon",
      "3D render of {an}",
      "{n}, 3D render",
      "draw {an}",
      "draw me {an}",
      "please draw {an}",
      "can you draw {an}?",
      "show me {an}",
      "make an icon of {an}",
    ],
    white: [
      "{an} on white",
      "{n} isolated on white",
      "a catalogue photo of {an}",
      "product photo of {an}, plain white ground",
    ],
    coloured: [
      "{an} on a {c} background",
      "{n}, {c} background",
      "a 3D toy {n} on a plain {c} background",
      "{an}, catalogue photo, {c} background",
      "{c} background, {n}",
      "{n} on {c}",
      "draw {an} on a {c} background",
      "a picture of {an}, background {c}",
      "{an} in front of a {c} wall",
    ],
    loose: {
      openings: [
        "",
        "",
        "draw",
        "show",
        "make",
        "paint",
        "create",
        "give me",
        "generate",
        "here is",
        "this is",
        "we see",
        "imagine",
      ],
      adjectives: [
        "nice",
        "lovely",
        "little",
        "big",
        "new",
        "old",
        "pretty",
        "glossy",
        "simple",
        "modern",
        "soft",
        "real",
        "typical",
        "perfect",
        "tiny",
        "great",
        "clean",
        "fine",
        "friendly",
        "toy",
        "plastic",
        "beautiful",
        "interesting",
      ],
      endings: [
        "",
        "",
        "",
        "please",
        "thanks",
        "high quality",
        "4k",
        "cartoon",
        "minimal",
        "studio light",
        "centered",
        "very detailed",
        "for a game",
        "in 3D",
        "digital art",
        "close up",
        "best quality",
        "from the side",
        "for my child",
        "at home",
        "right now",
      ],
    },
    heldOut: [
      "I want {an}",
      "a cute illustration of {an}",
      "{n} sticker",
      "my favourite {n}",
      "look at that {n}",
      "there was once {an}",
      "{an} for our shop",
      "could you sketch {an}",
    ],
  },
  zh: {
    plain: [
      "{n}",
      "一个{n}",
      "“{n}”",
      "{n}图标",
      "{n}表情",
      "{n}的图片",
      "一张{n}的照片",
      "一张{n}图",
      "3D图标，{n}",
      "{n}的3D图标",
      "{n}，3D渲染",
      "{n}，3D玩具",
      "画一个{n}",
      "画{n}",
      "请画{n}",
      "请画一个{n}",
      "帮我画一个{n}",
      "给我看{n}",
      "生成{n}的图片",
    ],
    white: ["白底图，{n}", "{n}，白底图", "{n}的商品图", "白底的{n}"],
    coloured: [
      "{c}背景上的{n}",
      "{n}，{c}背景",
      "{c}背景，{n}",
      "一个{n}，{c}背景",
      "{n}，3D玩具，{c}背景",
      "画一个{n}，{c}背景",
      "在{c}背景上画{n}",
      "{c}底的{n}",
      "{c}背景的{n}图片",
    ],
    loose: {
      openings: ["", "", "画", "请画", "显示", "制作", "创建", "给我", "生成", "这是", "有", "我们看到", "想象"],
      adjectives: [
        "漂亮的",
        "好看的",
        "小小的",
        "大的",
        "新的",
        "旧的",
        "光滑的",
        "简单的",
        "现代的",
        "柔和的",
        "真实的",
        "典型的",
        "完美的",
        "精美的",
        "很棒的",
        "干净的",
        "友好的",
        "玩具",
        "塑料",
        "有趣的",
        "普通的",
      ],
      endings: [
        "",
        "",
        "",
        "谢谢",
        "高清",
        "高质量",
        "卡通",
        "极简",
        "棚拍",
        "居中",
        "细节丰富",
        "游戏用",
        "立体",
        "数字艺术",
        "特写",
        "侧面",
        "给孩子",
        "在家里",
        "现在",
      ],
    },
    heldOut: [
      "我想要一个{n}",
      "可爱的{n}插画",
      "来一张{n}贴纸",
      "我最喜欢的{n}",
      "你瞧那个{n}",
      "从前有一个{n}",
      "用于商店的{n}",
      "能不能描绘{n}",
    ],
  },
};

/** Words that only the held-out wordings use; nothing that is trained on may have them. */
export const heldOutWords: Readonly<Record<Language, readonly string[]>> = {
  en: ["want", "cute", "illustration", "sticker", "favourite", "look", "once", "shop", "sketch"],
  zh: ["想要", "可爱", "插画", "贴纸", "喜欢", "你瞧", "从前", "商店", "描绘"],
};

/** Every text that training puts around a name: templates with their placeholders, and loose words. */
export function trainingWordings(language: Language): string[] {
  const { plain, white, coloured, loose } = captionTemplates[language];
  return [...plain, ...white, ...coloured, ...loose.openings, ...loose.adjectives, ...loose.endings];
}
