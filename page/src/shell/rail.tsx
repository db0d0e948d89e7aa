import {
  Activity,
  BookOpenText,
  CircleUserRound,
  type IconNode,
  Images,
  Languages,
  Layers,
  Monitor,
  Moon,
  Sparkles,
  Sun,
} from "lucide";
import { useLocation } from "preact-iso";
import { Icon } from "../parts/icon.tsx";
import { client } from "../server/client.ts";
import { polling } from "../server/polling.ts";
import { useServer } from "../server/queries.ts";
import { apiKey } from "../server/session.ts";
import { commonText } from "../text/common.ts";
import { chooseLanguage, language } from "../text/language.ts";
import styles from "./rail.module.css";
import { chooseTheme, theme } from "./theme.ts";

interface Item {
  readonly path: string;
  readonly text: Parameters<typeof commonText>[0];
  readonly icon: IconNode;
}

const views: readonly Item[] = [
  { path: "/", text: "navCreate", icon: Sparkles },
  { path: "/gallery", text: "navGallery", icon: Images },
  { path: "/prompts", text: "navPrompts", icon: BookOpenText },
  { path: "/runs", text: "navRuns", icon: Layers },
];
const operate: Item = { path: "/operate", text: "navOperate", icon: Activity };
const account: Item = { path: "/account", text: "navAccount", icon: CircleUserRound };

/** The way between the views: beside them, on a phone below them. */
export function Rail({ isOperator, seesRuns }: { readonly isOperator: boolean; readonly seesRuns: boolean }) {
  const isDrawing = useRunningRun(seesRuns);
  return (
    <nav class={styles.rail} aria-label={commonText("navMain")}>
      <svg class={styles.logo} viewBox="0 0 32 32" width="36" height="36" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="currentColor" />
        <path d="M11 11h10L11 21h10" />
      </svg>
      <ul class={styles.items}>
        {views.map((item) => (
          <RailItem key={item.path} {...item} isBusy={isDrawing && item.path === "/runs"} />
        ))}
        <li class={styles.gap} />
        {isOperator && <RailItem {...operate} />}
        <RailItem {...account} />
      </ul>
      <div class={styles.foot}>
        <ThemeSwitch />
        <LanguageSwitch />
      </div>
    </nav>
  );
}

/** Whether one of the newest runs draws. */
function useRunningRun(isAllowed: boolean): boolean {
  const newest = useServer({
    key: ["runs", "newest", apiKey.value],
    get: (signal) => client.value.runs.list({ limit: 5 }, { signal }),
    everyMs: polling.run,
    enabled: isAllowed,
  });
  return newest.value.data?.data.some(({ status }) => status === "running") ?? false;
}

function RailItem({ path, text, icon, isBusy = false }: Item & { readonly isBusy?: boolean }) {
  const { path: here } = useLocation();
  const current = path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`);
  return (
    <li>
      <a class={styles.item} href={path} aria-current={current ? "page" : undefined}>
        <span class={isBusy ? styles.busy : undefined}>
          <Icon of={icon} size={20} />
        </span>
        <span>{commonText(text)}</span>
        {isBusy && <span class="unseen">{commonText("runDraws")}</span>}
      </a>
    </li>
  );
}

const themes = {
  auto: { icon: Monitor, next: "light" },
  light: { icon: Sun, next: "dark" },
  dark: { icon: Moon, next: "auto" },
} as const;

/** Theme and language for a phone, whose bar at the bottom has no room for them: the account has. */
export function PhoneSwitches() {
  return (
    <div class={styles.onPhone}>
      <ThemeSwitch />
      <LanguageSwitch />
    </div>
  );
}

function ThemeSwitch() {
  const { icon, next } = themes[theme.value];
  const label = commonText("themeIs", { theme: commonText(theme.value) });
  return (
    <button type="button" class={styles.switch} aria-label={label} title={label} onClick={() => chooseTheme(next)}>
      <Icon of={icon} />
    </button>
  );
}

function LanguageSwitch() {
  const other = language.value === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      class={styles.switch}
      lang={other === "zh" ? "zh-CN" : "en"}
      title={commonText("otherLanguage")}
      aria-label={commonText("otherLanguage")}
      onClick={() => chooseLanguage(other)}
    >
      <Icon of={Languages} />
    </button>
  );
}
