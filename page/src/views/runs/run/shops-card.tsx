import { Download, FilePlus2 } from "lucide";
import { useState } from "preact/hooks";
import type { ResponseOf } from "../../../../../sdk/src/http/transport.ts";
import type { Run } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { RowItem, RowList } from "../../../parts/data/row-list.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { queries } from "../../../server/queries.ts";
import { Card } from "../card.tsx";
import { runsText } from "../messages.ts";
import styles from "./shops-card.module.css";

const shops = [
  { channel: "shopify", name: "Shopify", howTo: "i_shopify" },
  { channel: "woocommerce", name: "WooCommerce", howTo: "i_woocommerce" },
  { channel: "google", name: "Google Merchant", howTo: "i_google" },
  { channel: "magento", name: "Magento", howTo: "i_magento" },
  { channel: "prestashop", name: "PrestaShop", howTo: "i_prestashop" },
] as const;

/** Files that shops import, of what they have not been given yet. */
export function ShopsCard({ run }: { readonly run: Run }) {
  return (
    <Card title={runsText("shopBack")} sub={runsText("shopBackP")}>
      <RowList label={runsText("shopBack")}>
        {shops.map((shop) => (
          <ShopRow key={shop.channel} run={run} shop={shop} />
        ))}
      </RowList>
    </Card>
  );
}

type Exported = ResponseOf<"exportRun">;

function ShopRow({
  run: { id },
  shop: { channel, name, howTo },
}: {
  readonly run: Run;
  readonly shop: (typeof shops)[number];
}) {
  const [state, setState] = useState<{ readonly busy: boolean; readonly done?: Exported; readonly error?: unknown }>({
    busy: false,
  });
  const make = async (publishFirst: boolean) => {
    setState({ busy: true });
    const { runs } = client.value;
    try {
      if (publishFirst) {
        await runs.publish(id);
        void queries.invalidateQueries({ queryKey: ["run-key"] });
      }
      setState({ busy: false, done: await runs.export(id, { channel }) });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  const { done, error, busy } = state;
  return (
    <RowItem
      title={name}
      text={
        <>
          <details class={styles.howTo}>
            <summary>{runsText("howTo")}</summary>
            {runsText(howTo)}
          </details>
          {error !== undefined && <Note kind="danger">{describeError(error)}</Note>}
          {done && <ExportResult name={name} done={done} busy={busy} onPublish={() => void make(true)} />}
        </>
      }
      aside={
        <Button icon={FilePlus2} busy={busy} onClick={() => void make(false)}>
          {runsText("makeFile")}
        </Button>
      }
    />
  );
}

function ExportResult({
  name,
  done: { files, images, held },
  busy,
  onPublish,
}: {
  readonly name: string;
  readonly done: Exported;
  readonly busy: boolean;
  readonly onPublish: () => void;
}) {
  return (
    <div class={styles.result}>
      {images > 0 && <p role="status">{runsText("exportDone", { name, n: images })}</p>}
      {images === 0 && held === 0 && <p role="status">{runsText("exportNone", { name })}</p>}
      {images > 0 &&
        files.map(({ name: file, url }) => (
          <Button key={file} icon={Download} href={url} download={file}>
            {file}
          </Button>
        ))}
      {held > 0 && (
        <Note
          kind="warn"
          action={
            <Button busy={busy} onClick={onPublish}>
              {runsText("exportHeldDo")}
            </Button>
          }
        >
          {runsText("exportHeld", { n: held })}
        </Note>
      )}
    </div>
  );
}
