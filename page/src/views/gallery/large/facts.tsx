import { Brush, CodeXml, Columns2, Copy, Download, ImageUp, RefreshCw, Shuffle } from "lucide";
import type { ComponentChildren } from "preact";
import type { Image, ImageDetail, Job } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { copyText } from "../../../parts/data/copy-text.ts";
import { client } from "../../../server/client.ts";
import { useServer } from "../../../server/queries.ts";
import { apiKey } from "../../../server/session.ts";
import { createWithImage } from "../../../shell/create-address.ts";
import { formatBytes, formatDay, formatTime } from "../../../text/format.ts";
import { moneyText } from "../../../text/money-text.ts";
import { formatNumber } from "../../../text/texts.ts";
import { galleryAddress, noFilter } from "../filters/gallery-filter.ts";
import { galleryText } from "../messages.ts";
import styles from "./facts.module.css";

/** What Create does with the image. */
const actions = [
  { as: "again", text: "largeAgain", icon: RefreshCw },
  { as: "vary", text: "largeVary", icon: Shuffle },
  { as: "input", text: "largeInput", icon: ImageUp },
  { as: "edit", text: "largeMask", icon: Brush },
  { as: "code", text: "largeCode", icon: CodeXml },
] as const;

/** What an image was drawn from and what can be done with it. */
export function Facts({
  shown,
  detail,
  compare,
  isComparing,
}: {
  readonly shown: Image | ImageDetail | undefined;
  /** `undefined` until it has come. */
  readonly detail: ImageDetail | undefined;
  /** `undefined` where there is nothing to compare with. */
  readonly compare: (() => void) | undefined;
  readonly isComparing: boolean;
}) {
  const prompt = shown?.prompt ?? "";
  return (
    <aside class={styles.facts} aria-label={galleryText("largeInfo")}>
      <div class={styles.head}>
        <h2>{galleryText("largePrompt")}</h2>
        <Button kind="quiet" icon={Copy} label={galleryText("largeCopyPrompt")} onClick={() => void copyText(prompt)} />
      </div>
      <p class={styles.prompt} dir="auto">
        {prompt === "" ? galleryText("noPrompt") : prompt}
      </p>
      <div class={styles.actions}>
        {shown &&
          actions.map(({ as, text, icon }) => (
            <Button key={as} kind={as === "again" ? "ink" : "plain"} icon={icon} href={createWithImage(shown.id, as)}>
              {galleryText(text)}
            </Button>
          ))}
        <Button
          icon={Columns2}
          pressed={isComparing}
          blocked={compare === undefined ? galleryText("compareNone") : undefined}
          onClick={() => compare?.()}
        >
          {galleryText("largeCompare")}
        </Button>
      </div>
      {shown && <ParameterList shown={shown} detail={detail} />}
      {shown && <Labels image={shown} />}
      {shown && (
        <div>
          <Button wide icon={Download} href={shown.url} download>
            {galleryText("largeDownload")}
          </Button>
          <p class={styles.hint}>
            {shown.format === "png" && `${galleryText("largeWithMeta")} · `}
            {galleryText("kept", { d: formatDay(shown.expires_at) })}
          </p>
        </div>
      )}
    </aside>
  );
}

function ParameterList({
  shown,
  detail,
}: {
  readonly shown: Image | ImageDetail;
  readonly detail: ImageDetail | undefined;
}) {
  const job = useServer<Job>({
    key: ["job", apiKey.value, shown.job_id],
    get: (signal) => client.value.jobs.get(shown.job_id, { signal }),
  }).value.data;
  const params = detail?.params;
  const seconds =
    job?.started_at && job.finished_at ? (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1_000 : undefined;
  const rows: readonly (readonly [string, ComponentChildren])[] = [
    [galleryText("largeSeed"), String(shown.seed)],
    [galleryText("largeSize"), `${shown.width}×${shown.height}`],
    [galleryText("largeSteps"), params && formatNumber(params.steps)],
    [galleryText("largeGuidance"), params && params.guidance > 0 ? formatNumber(params.guidance) : undefined],
    [galleryText("largeNegative"), params?.negative_prompt],
    [galleryText("largeStrength"), params?.strength === undefined ? undefined : formatNumber(params.strength)],
    [galleryText("largeLoras"), params?.loras?.map(({ id, scale }) => `${id} ${scale}`).join(", ")],
    [galleryText("largeModel"), shown.model],
    [
      galleryText("largeTime"),
      seconds === undefined ? undefined : galleryText("seconds", { s: formatNumber(seconds, 1) }),
    ],
    [galleryText("largeCost"), job && costOf(job)],
    [galleryText("largeFormat"), `${shown.format.toUpperCase()} · ${formatBytes(shown.bytes)}`],
    [galleryText("largeMade"), formatTime(shown.created_at)],
    [galleryText("largeJob"), <code key="job">{shown.job_id}</code>],
  ];
  return (
    <div>
      <h2 class={styles.heading}>{galleryText("largeParams")}</h2>
      <dl class={styles.list}>
        {rows.map(([name, value]) =>
          value === undefined || value === "" ? null : (
            <div key={name} class={styles.row}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </div>
  );
}

function costOf({ cost }: Job): string | undefined {
  if (cost === null || cost.charged === null) return undefined;
  return moneyText(cost.charged, cost.currency);
}

/** Metadata of the job; each leads to the images that have the same. */
function Labels({ image: { metadata } }: { readonly image: Image | ImageDetail }) {
  const labels = Object.entries(metadata);
  if (labels.length === 0) return null;
  return (
    <ul class={styles.labels} aria-label={galleryText("largeLabels")}>
      {labels.map(([name, value]) => (
        <li key={name}>
          <a class={styles.label} href={galleryAddress({ ...noFilter, labels: [{ name, value }] })}>
            {name}: {value}
          </a>
        </li>
      ))}
    </ul>
  );
}
