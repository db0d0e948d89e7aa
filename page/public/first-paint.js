// Sets theme and language before the first paint. A file of its own because the page's policy allows no inline script.
(() => {
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const root = document.documentElement;
  const theme = stored("zimage.theme");
  const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  document.querySelector('meta[name="theme-color"]').content = dark ? "#131312" : "#f6f6f3";
  const language = stored("zimage.language");
  const wanted = navigator.languages.find((each) => /^(zh|en)\b/i.test(each));
  const chinese = language === "zh" || (language !== "en" && /^zh\b/i.test(wanted ?? ""));
  root.lang = chinese ? "zh-CN" : "en";
})();
