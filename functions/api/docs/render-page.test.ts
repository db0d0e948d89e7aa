import { describe, expect, it } from "vitest";
import { renderPage } from "./render-page.ts";
import { servedPageNames } from "./served-pages.ts";

describe("a page", () => {
  it("has a title without markup, its language, and addresses from where it lies", () => {
    const nested = renderPage("clients/openai.zh.md", '# A <b> & "c"\n');
    expect(nested).toContain("<title>A &#60;b&#62; &#38; &#34;c&#34;</title>");
    expect(nested).toContain('<html lang="zh">');
    expect(nested).toContain('href="../text.css"');
    const top = renderPage("api.md", "no heading");
    expect(top).toContain("<title>api.md</title>");
    expect(top).toContain('href="./text.css"');
  });

  it("has headings that links find, as GitHub makes them", () => {
    const page = renderPage("api.md", "## What `steps` cost, *really* & 为什么?\n");
    expect(page).toContain('id="what-steps-cost-really--为什么"');
  });

  it("keeps links to what is served, and the text of others", () => {
    const served = servedPageNames.find((name) => !name.includes("/"))!;
    const page = renderPage(
      "clients/x.md",
      `[a](../${served}) [b](../../src/x.ts) [c](#d) [e](https://f.test/?a=1&b="2")`,
    );
    expect(page).toContain(`<a href="../${served}">a</a> b <a href="#d">c</a>`);
    expect(page).toMatch(/<a href="https:\/\/f\.test\/[^"]*">e<\/a>/);
    expect(page).not.toContain("src/x.ts");
  });

  it("lets a wide table scroll by itself", () => {
    const page = renderPage("api.md", "| a | b |\n|---|---|\n| `c` | d |\n");
    expect(page).toContain(
      '<div class="wide"><table><tr><th>a</th><th>b</th></tr>\n<tr><td><code>c</code></td><td>d</td></tr>\n</table></div>',
    );
  });
});
