import { Marked, type Token } from "marked";
import { chinesePage, servedPageNames } from "./served-pages.ts";

const served: ReadonlySet<string> = new Set(servedPageNames);

/**
 * A page of `docs/` for a browser, without scripts. Links to files of the repository that are not served lose their
 * address.
 * @param name - `clients/openai.md`
 */
export function renderPage(name: string, markdown: string): string {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        return `<h${depth} id="${anchorOf(textOf(tokens))}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens);
        return isServed(href, name) ? `<a href="${escaped(href)}">${text}</a>` : text;
      },
      table(token) {
        // Wide ones scroll by themselves, not the page.
        return (
          "<div " +
          `class="wide"><table>${row(this, "th", token.header)}${token.rows.map((cells) => row(this, "td", cells)).join("")}</table></div>\n`
        );
      },
    },
  });
  const title = /^# (.*)/m.exec(markdown)?.[1] ?? name;
  // Never a promise: no extension is asynchronous.
  const body = marked.parse(markdown, { async: false });
  const language = name.endsWith(".zh.md") ? "zh" : "en";
  const root = name.includes("/") ? ".." : ".";
  const other = language === "zh" ? name.replace(/\.zh\.md$/, ".md") : chinesePage(name);
  const twin = served.has(other)
    ? ` <a href="${escaped(other.slice(other.lastIndexOf("/") + 1))}">${language === "zh" ? "English" : "中文"}</a>`
    : "";
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${root}/text.css">
<link rel="icon" type="image/png" href="${root}/favicon-32x32.png">
</head>
<body>
<nav><a href="${root === ".." ? "../../docs" : "../docs"}">API</a>${twin}</nav>
${body}</body>
</html>
`;
}

type Renderer = { readonly parser: { parseInline(tokens: Token[]): string } };

function row({ parser }: Renderer, tag: "td" | "th", cells: readonly { readonly tokens: Token[] }[]): string {
  return `<tr>${cells.map(({ tokens }) => `<${tag}>${parser.parseInline(tokens)}</${tag}>`).join("")}</tr>\n`;
}

function isServed(href: string, page: string): boolean {
  if (/^(https?:|#|\/)/.test(href)) return true;
  const { pathname } = new URL(href, `http://docs/${page}`);
  return served.has(decodeURIComponent(pathname).slice(1));
}

/** As GitHub makes them: words in lower case, joined by hyphens. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

function textOf(tokens: readonly Token[]): string {
  return tokens
    .map((token) => ("tokens" in token && token.tokens ? textOf(token.tokens) : "text" in token ? token.text : ""))
    .join("");
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}
