import { pick } from "../../../gpu-worker/training/data/random-stream.ts";
import type { Language } from "./emoji-object.ts";

/** Common words that no name, tag, colour or held-out wording has, so that they may stand around any object. */
export const fillerWords: readonly string[] = `
  my your our his her their its some any each another every such what which who where when why how whose there here those these was were is are be been
  has had have having do does did can could would should will may might must shall also just only even still very quite rather almost maybe perhaps
  always never often sometimes today tomorrow yesterday soon later again before after during while until since because although if whether than then so
  thus however therefore instead about above across against along among around below beneath beside between beyond by down from inside into near onto
  outside past through toward upon within for at as to think believe know need hope wish try begin start keep let put get take bring send find tell ask
  say speak write read learn teach work run walk go come stay leave wait follow carry hold add include consider become seem appear feel hear understand
  remember forget decide agree choose prefer expect plan happen improve develop story moment person people friend group team company country life time
  year month week hour minute morning evening night part way side kind sort type form style mood theme concept version example sample subject topic
  detail scene background composition lighting shadow texture colourful vivid bright warm funny strange ordinary common rare famous popular traditional
  classic stylish fancy cheap expensive useful important special different similar same whole half single double several many much more most less few
  enough low short wide narrow deep thin thick heavy strong weak fast early ancient fresh full local foreign official professional quick sudden final
  main minor average certain possible likely clear obvious poster website blog presentation project homework lesson client customer catalogue brochure
  advertisement campaign brand market product wedding holiday season winter summer spring autumn weekend bedroom street village region border nature
  society history science research design drawing painting sketchbook artwork rendering graphic logo avatar thumbnail wallpaper screensaver asset sprite
  model figure miniature collection series pair item object thing stuff material surface finish wooden ceramic rubber leather cotton velvet
`
  .trim()
  .split(/\s+/);

/** Common characters with the same property. */
export const fillerCharacters: readonly string[] = [
  ...("在了这为我以们于就成同也民经等里如都去把应它还其些那义样各重数又么或但质此没问系很最立代已并题党展革总次设及求边统知较将组见她期论几九被做必先则任据处" +
    "给即造规志增济思什认权改己再更切例每至走积议完离确才整况今集许需段研律且究众难近千委半省支般往酸市何除构府称准族划存效易层始识适满县参该价严"),
];

const onsets =
  "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc sh sk sl sn sp st t th tr v w z".split(" ");
const vowels = "a ai e ea ee i ie o oa oo ou u y".split(" ");
const codas = " b ck d f g l ll m n nd ng nt p r rd rk rm s ss st t th v x".split(" ");

/**
 * Words around a name that say nothing about the image, half of them made up: prompts are full of words that a small
 * model cannot know, and it must still find the name.
 * @returns one to three English words, or one to four Chinese characters
 */
export function fillerPhrase(language: Language, random: () => number): string {
  if (language === "zh") return repeated(1 + Math.floor(4 * random()), () => fillerCharacter(random)).join("");
  return repeated(1 + Math.floor(3 * random()), () =>
    random() < 0.5 ? pick(random, fillerWords) : madeUpWord(random),
  ).join(" ");
}

/** One in six is any character of the common block, most of which are three tokens. */
function fillerCharacter(random: () => number): string {
  if (random() < 5 / 6) return pick(random, fillerCharacters);
  const [first, last] = [0x4e00, 0x9fa5];
  return String.fromCodePoint(first + Math.floor(random() * (last - first + 1)));
}

function madeUpWord(random: () => number): string {
  const syllables = 1 + Math.floor(2 * random());
  return repeated(syllables, () => pick(random, onsets) + pick(random, vowels) + pick(random, codas)).join("");
}

const repeated = (times: number, make: () => string) => Array.from({ length: times }, make);
