import { z } from "zod";
import { heldOutWords, trainingWordings } from "./caption-templates.ts";
import type { EmojiObject } from "./emoji-object.ts";

/** The fields of `data.json` in emojibase-data that are used. */
export const emojiData = z.array(
  z.object({
    hexcode: z.string(),
    label: z.string(),
    tags: z.array(z.string()).default([]),
    version: z.number(),
    group: z.int().optional(),
    subgroup: z.int().optional(),
    skins: z.array(z.unknown()).optional(),
  }),
);
export type EmojiData = z.infer<typeof emojiData>;

/** Numbers of emojibase-data's `meta/groups.json`. */
const groups = { animalsNature: 3, foodDrink: 4, travelPlaces: 5, activities: 6, objects: 7 };
const subgroups = { faceCostume: 11, heart: 14, bodyParts: 22 };

/**
 * Not things on a white ground as in a catalogue: clock faces (24 that differ by two hands), whole scenes, phases of
 * the moon, images of text, and what a shop would not show.
 */
const unwanted = new RegExp(
  [
    "o'clock|-thirty$|^globe |^map of|^(foggy|fog|night with stars|milky way|fireworks|sparkler)$|^(city|sun)(rise|set|scape)",
    "^bridge at night|^hot springs|^(new|full|first quarter|last quarter|waxing|waning) .*moon|^moon viewing|^stop sign",
    "^love hotel|^cigarette|^coffin|^headstone|^funeral urn|^pile of poo|^drop of blood|^heart (decoration|exclamation)",
    "^(mahjong red dragon|joker|placard|children crossing|restroom|wedding|construction|e-mail|bellhop bell)$",
    "(post office|with raised flag|with lowered flag)$|^speaker |^muted|^low battery|^(brown|light blue|white) heart",
    "^hourglass not|^umbrella with|^mobile phone with|^magnifying glass tilted right|^locked with|^bell with|with yen$",
    "^page |^incoming|^envelope with|^white flower|^biting lip|^briefs|^hair pick|^snowman without|^computer disk|^tram car",
  ].join("|"),
);

/** Names that are wrong (a llama is no rhea, a sauropod no lizard) or do not say what the image shows. */
const corrections: Readonly<Record<string, Partial<Pick<EmojiObject, "en" | "zh">>>> = {
  "1F999": { zh: "羊驼" },
  "1F995": { zh: "梁龙" },
  "2603": { zh: "雪人" },
  "265F": { zh: "国际象棋兵" },
  "1F3AF": { zh: "靶子" },
  "1F3BF": { zh: "滑雪板" },
  "26F8": { zh: "溜冰鞋" },
  "1F357": { zh: "鸡腿" },
  "1F985": { zh: "老鹰" },
  "1F54A": { zh: "鸽子" },
  "1F697": { en: "car" },
  "1F698": { en: "oncoming car", zh: "迎面来的汽车" },
  "1F68D": { zh: "迎面来的公交车" },
  "1F694": { zh: "迎面来的警车" },
  "1F696": { zh: "迎面来的出租车" },
  "1F6FB": { zh: "皮卡车" },
  "1F41B": { en: "caterpillar" },
  "231B": { en: "hourglass" },
  "1F50D": { en: "magnifying glass", zh: "放大镜" },
  "1F4D5": { en: "red book", zh: "红色书本" },
  "1F963": { zh: "碗和勺子" },
  "1F958": { en: "pan of food", zh: "一锅海鲜饭" },
};

/**
 * The objects that have an image, a name in both languages, and are things: animals, plants, food, places, vehicles,
 * sports, objects, and the few of the other groups that are no faces or hands. Names are unique within the result. In
 * the order in which Unicode took them in: everyday things first, so that the first few hundred make a good smaller
 * set.
 *
 * @param images - hexcodes of which there is an image
 */
export function joinObjects(en: EmojiData, zh: EmojiData, images: ReadonlySet<string>): EmojiObject[] {
  const chinese = new Map(zh.map((entry) => [plainHexcode(entry.hexcode), entry]));
  const correctedNames = new Set(
    en.filter(({ hexcode }) => corrections[plainHexcode(hexcode)]?.en).map(({ label }) => label),
  );
  const joined: (EmojiObject & { readonly version: number })[] = [];
  const names = new Set<string>();
  for (const entry of en) {
    const hexcode = plainHexcode(entry.hexcode);
    const other = chinese.get(hexcode);
    if (!other || !images.has(hexcode) || !isThing(entry)) continue;
    const name = corrections[hexcode]?.en ?? straight(entry.label);
    const nameZh = corrections[hexcode]?.zh ?? straight(other.label);
    if (unwanted.test(name) || names.has(name) || names.has(nameZh)) continue;
    names.add(name).add(nameZh);
    joined.push({
      version: entry.version,
      hexcode,
      en: name,
      zh: nameZh,
      tags: {
        // A corrected name stays a synonym, of this object alone.
        en: [entry.label, ...entry.tags.filter((tag) => !correctedNames.has(tag))]
          .map(straight)
          .filter((tag) => tag !== name && isEnglishWord(tag)),
        zh: other.tags.map(straight).filter(isChineseWord),
      },
    });
  }
  return joined.sort((a, b) => a.version - b.version).map(({ version: _, ...object }) => object);
}

/** Tags that are insults, matters of the body, of belief or of identity, or names of living people. */
const tactless =
  /^(ass|poop|sexy|drunk|drugs|gay|lesbian|queer|genderqueer|glbtq?|lgbt.*|trans|transgender|pride|jew|jewish|gun|handgun|litaf|christian|hindu)$|便便|性感|跨性别|双性恋|同志|大罗|胖罗|梅西|罗纳尔多|死|犹太|基督/;

const maxTags = 4;

/** Colours are the background's; other words of the wordings around a name must not mean an object either. */
const colourWords = /^(gr[ae]y|pink|orange|brown|silver|indigo|violet|lavender|lilac)$|色|^(粉红|暗灰)$/;
const wordings = { en: trainingWordings("en"), zh: trainingWordings("zh") };

/**
 * Leaves each object the tags that mean it alone: no other object has that tag, nor that name, nor that word in its
 * name. At most four.
 */
export function keepDistinctTags(objects: readonly EmojiObject[]): EmojiObject[] {
  const owners = { en: new Map<string, number>(), zh: new Map<string, number>() };
  for (const { tags } of objects) {
    for (const tag of new Set(tags.en)) owners.en.set(tag, (owners.en.get(tag) ?? 0) + 1);
    for (const tag of new Set(tags.zh)) owners.zh.set(tag, (owners.zh.get(tag) ?? 0) + 1);
  }
  return objects.map((object) => {
    const others = objects.filter((other) => other !== object);
    const en = object.tags.en.filter(
      (tag) => owners.en.get(tag) === 1 && tag !== object.en && !others.some((other) => hasWords(other.en, tag)),
    );
    const zh = object.tags.zh.filter(
      (tag) => owners.zh.get(tag) === 1 && tag !== object.zh && !others.some((other) => other.zh.includes(tag)),
    );
    return { ...object, tags: { en: [...new Set(en)].slice(0, maxTags), zh: [...new Set(zh)].slice(0, maxTags) } };
  });
}

/**
 * Hexcode as objects have it: upper case, without FE0F (which asks for colour and is written in some sources and left
 * out in others).
 */
export function plainHexcode(hexcode: string): string {
  return hexcode.toUpperCase().replaceAll("-FE0F", "");
}

function isThing({ group, subgroup, skins, label }: EmojiData[number]): boolean {
  if (skins) return false; // people and hands
  if (Object.values(groups).includes(group ?? -1)) return true;
  if (subgroup === subgroups.heart) return / heart$/.test(label);
  return subgroup === subgroups.faceCostume || subgroup === subgroups.bodyParts;
}

/** Curly quotes made straight, as people type them. */
function straight(text: string): string {
  return text.replaceAll(/[‘’]/g, "'").replaceAll(/[“”]/g, '"');
}

function isEnglishWord(tag: string): boolean {
  return (
    /^[a-z][a-z' -]{2,19}$/.test(tag) &&
    isFree(tag, heldOutWords.en) &&
    !wordings.en.some((wording) => hasWords(wording, tag))
  );
}

function isChineseWord(tag: string): boolean {
  return (
    /^\p{Script=Han}{2,6}$/u.test(tag) &&
    isFree(tag, heldOutWords.zh) &&
    !wordings.zh.some((wording) => wording.includes(tag))
  );
}

function isFree(tag: string, heldOut: readonly string[]): boolean {
  return !tactless.test(tag) && !colourWords.test(tag) && !heldOut.some((word) => tag.includes(word));
}

function hasWords(name: string, words: string): boolean {
  return ` ${name.toLowerCase().replaceAll(/[^a-z']/g, " ")} `.includes(` ${words} `);
}
