import { useEffect, useState } from "preact/hooks";
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { useKeys } from "../keys/use-keys.ts";
import { Button } from "../parts/controls/button.tsx";
import { Toasts } from "../parts/layers/toast.tsx";
import { Empty } from "../parts/notes/empty.tsx";
import { commonText } from "../text/common.ts";
import { useAccess } from "./access.ts";
import { announcement } from "./announce.ts";
import { KeyDialog } from "./key-dialog.tsx";
import { loadPart } from "./load-part.ts";
import { OfflineBanner } from "./offline-banner.tsx";
import { Rail } from "./rail.tsx";
import { reloadForChunk } from "./reload-for-chunk.ts";
import styles from "./shell.module.css";

const Create = lazy(loadPart(() => import("../views/create/create.tsx")));
const Gallery = lazy(loadPart(() => import("../views/gallery/gallery.tsx")));
const Prompts = lazy(loadPart(() => import("../views/prompts/prompts.tsx")));
const Runs = lazy(loadPart(() => import("../views/runs/runs.tsx")));
const Account = lazy(loadPart(() => import("../views/account/account.tsx")));
const Operate = lazy(loadPart(() => import("../views/operate/operate.tsx")));
const KeysDialog = lazy(loadPart(async () => (await import("./keys-dialog.tsx")).KeysDialog));

/** The page: rail, the view at the address, and what lies over both. */
export function Shell() {
  return (
    <LocationProvider>
      <Frame />
    </LocationProvider>
  );
}

function Frame() {
  const access = useAccess();
  const [failure, setFailure] = useState<Error>();
  const scopes = access.value.data?.scopes ?? [];
  const isOperator = scopes.includes("accounts:admin");
  const seesRuns = scopes.includes("*") || scopes.includes("jobs:read");
  return (
    <>
      <a class={styles.skip} href="#main">
        {commonText("skip")}
      </a>
      <Rail isOperator={isOperator} seesRuns={seesRuns} />
      <div class={styles.page}>
        <OfflineBanner />
        <main id="main" class={styles.main} tabIndex={-1}>
          {failure ? <FailedView error={failure} /> : <Views onError={setFailure} />}
        </main>
      </div>
      <PageKeys />
      <KeyDialog />
      <Toasts />
      <div class="unseen" role="status">
        {announcement.value}
      </div>
    </>
  );
}

function Views({ onError }: { readonly onError: (error: Error) => void }) {
  return (
    <ErrorBoundary onError={(error) => reloadForChunk(error) || onError(error)}>
      <Router>
        <Route path="/" component={Create} />
        <Route path="/gallery/:rest*" component={Gallery} />
        <Route path="/prompts/:rest*" component={Prompts} />
        <Route path="/runs/:rest*" component={Runs} />
        <Route path="/account/:rest*" component={Account} />
        <Route path="/operate/:rest*" component={Operate} />
        <Route default component={NotFound} />
      </Router>
    </ErrorBoundary>
  );
}

function FailedView({ error }: { readonly error: Error }) {
  return (
    <Empty
      title={commonText("errorView")}
      action={<Button onClick={() => location.reload()}>{commonText("reload")}</Button>}
    >
      {commonText("errorViewText", { text: error.message })}
    </Empty>
  );
}

function NotFound() {
  return (
    <Empty title={commonText("notFoundTitle")} action={<Button href="/">{commonText("notFoundAction")}</Button>}>
      {commonText("notFoundText")}
    </Empty>
  );
}

const destinations = [
  ["g c", "/", "navCreate"],
  ["g g", "/gallery", "navGallery"],
  ["g p", "/prompts", "navPrompts"],
  ["g r", "/runs", "navRuns"],
  ["g a", "/account", "navAccount"],
] as const;

function PageKeys() {
  const { route } = useLocation();
  const [shown, setShown] = useState(false);
  useKeys(
    () => commonText("keysEverywhere"),
    [
      ...destinations.map(([keys, path, text]) => ({ keys, label: () => commonText(text), run: () => route(path) })),
      { keys: "?", label: () => commonText("keysShow"), run: () => setShown(true) },
    ],
  );
  // After a move to another view, the focus is at its beginning.
  const { path } = useLocation();
  useEffect(() => {
    const main = document.getElementById("main");
    if (document.activeElement === document.body) main?.focus({ preventScroll: true });
  }, [path]);
  return shown ? <KeysDialog onClose={() => setShown(false)} /> : null;
}
