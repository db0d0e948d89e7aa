import { useState } from "preact/hooks";
import { ApiError, ZImageClient } from "../../../sdk/src/index.ts";
import { Button } from "../parts/controls/button.tsx";
import { Checkbox, Field, TextInput } from "../parts/controls/field.tsx";
import { Dialog } from "../parts/layers/dialog.tsx";
import { Note } from "../parts/notes/note.tsx";
import { describeError } from "../server/describe-error.ts";
import { queries } from "../server/queries.ts";
import { keyWanted, takeKey } from "../server/session.ts";
import { commonText } from "../text/common.ts";

/** Asks for an API key over the page, whose state is kept. The key is tried before it is taken. */
export function KeyDialog() {
  const [key, setKey] = useState("");
  const [remember, setRemember] = useState(false);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  if (keyWanted.value === null) return null;

  const open = async () => {
    const value = key.trim();
    if (value === "") return setError(commonText("loginEmpty"));
    setBusy(true);
    try {
      await new ZImageClient({ baseUrl: location.origin, apiKey: value, maxRetries: 1 }).key();
      takeKey(value, remember);
      setKey("");
      setError(undefined);
      await queries.invalidateQueries();
    } catch (cause) {
      const refused = cause instanceof TypeError || (cause instanceof ApiError && cause.status === 401);
      setError(refused ? commonText("loginBad") : describeError(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={commonText("loginTitle")}
      onClose={() => {}}
      mustDecide
      actions={
        <>
          <Button kind="quiet" href="/docs">
            {commonText("docs")}
          </Button>
          <Button kind="ink" busy={busy} onClick={() => void open()}>
            {commonText("loginGo")}
          </Button>
        </>
      }
    >
      {keyWanted.value === "refused" && <Note kind="warn">{commonText("loginAgain")}</Note>}
      <p>{commonText("loginSub")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
      >
        <Field label={commonText("loginKey")} error={error}>
          {(control) => <TextInput {...control} type="password" autoComplete="off" value={key} onInput={setKey} />}
        </Field>
      </form>
      <Checkbox checked={remember} onChange={setRemember}>
        {commonText("loginKeep")}
      </Checkbox>
      <p>{commonText("loginLocal")}</p>
    </Dialog>
  );
}
