const english = /\b(?:says|saying|reads|reading|written|lettering|text|words?|titled|labell?ed|sign|poster|logo)\b/i;
const chinese = /写着|文字|字样|标题|招牌|海报|标语|题字|书法/;
const quoted = /["“”'‘’「」『』《》][^"“”'‘’「」『』《》]{1,80}["“”'‘’「」『』《》]/;

/** Whether a prompt asks for lettering and does not say in quotes which. */
export function wantsLettering(prompt: string): boolean {
  const text = prompt.slice(0, 2_000);
  return (english.test(text) || chinese.test(text)) && !quoted.test(text);
}
