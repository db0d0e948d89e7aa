import { Plus } from "lucide";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { fillPrompt, type Prompt } from "../../../../sdk/src/index.ts";
import { Button } from "../../parts/controls/button.tsx";
import { RowItem, RowList } from "../../parts/data/row-list.tsx";
import { AskDialog } from "../../parts/layers/ask-dialog.tsx";
import { Menu } from "../../parts/layers/menu.tsx";
import { toast } from "../../parts/layers/toasts.ts";
import { Empty } from "../../parts/notes/empty.tsx";
import { Note } from "../../parts/notes/note.tsx";
import { Skeleton } from "../../parts/notes/skeleton.tsx";
import { client } from "../../server/client.ts";
import { describeError } from "../../server/describe-error.ts";
import { queries, useServer } from "../../server/queries.ts";
import { createWithPrompt } from "../../shell/create-address.ts";
import { commonText } from "../../text/common.ts";
import { promptsText } from "./messages.ts";
import { PromptDialog } from "./prompt-dialog.tsx";
import styles from "./prompts.module.css";

const perPage = 50;

/** The prompts that the account keeps, newest first. */
export function OwnPrompts() {
  const { route } = useLocation();
  const [most, setMost] = useState(perPage);
  const [doing, setDoing] = useState<"new" | { readonly what: "edit" | "delete"; readonly prompt: Prompt }>();
  const prompts = useServer({
    key: ["prompts", most],
    get: async (signal) => {
      const found: Prompt[] = [];
      for await (const prompt of client.value.prompts.list({}, { signal })) {
        found.push(prompt);
        if (found.length > most) break;
      }
      return found;
    },
    keepPrevious: true,
  }).value;
  const close = () => setDoing(undefined);
  const done = (text?: string) => {
    void queries.invalidateQueries({ queryKey: ["prompts"] });
    if (text !== undefined) toast(text);
    close();
  };
  if (prompts.error) return <Note kind="danger">{describeError(prompts.error)}</Note>;
  if (prompts.data === undefined) return <Skeleton height="240px" label={commonText("loading")} />;
  const add = (
    <Button icon={Plus} onClick={() => setDoing("new")}>
      {promptsText("newPrompt")}
    </Button>
  );
  const use = ({ text, variables, settings }: Prompt) => route(createWithPrompt(fillPrompt(text, variables), settings));
  return (
    <div class={styles.part}>
      {prompts.data.length === 0 ? (
        <Empty title={promptsText("noneTitle")} action={add}>
          {promptsText("noneText")}
        </Empty>
      ) : (
        <>
          <div>{add}</div>
          <RowList label={promptsText("yours")}>
            {prompts.data.slice(0, most).map((prompt) => (
              <RowItem
                key={prompt.id}
                title={prompt.name}
                text={prompt.text}
                aside={
                  <>
                    <Button onClick={() => use(prompt)}>{promptsText("use")}</Button>
                    <Menu
                      label={`${commonText("more")}: ${prompt.name}`}
                      items={[
                        { label: promptsText("edit"), run: () => setDoing({ what: "edit", prompt }) },
                        { label: promptsText("delete"), danger: true, run: () => setDoing({ what: "delete", prompt }) },
                      ]}
                    />
                  </>
                }
              />
            ))}
          </RowList>
        </>
      )}
      {prompts.data.length > most && <Button onClick={() => setMost(most + perPage)}>{promptsText("older")}</Button>}
      {doing === "new" && <PromptDialog onClose={close} onDone={() => done(promptsText("saved"))} />}
      {typeof doing === "object" && doing.what === "edit" && (
        <PromptDialog of={doing.prompt} onClose={close} onDone={() => done(promptsText("saved"))} />
      )}
      {typeof doing === "object" && doing.what === "delete" && (
        <AskDialog
          title={promptsText("deleteTitle", { name: doing.prompt.name })}
          text={promptsText("deleteText")}
          action={promptsText("delete")}
          danger
          onClose={close}
          run={async () => {
            await client.value.prompts.delete(doing.prompt.id);
            done(promptsText("deleted"));
          }}
        />
      )}
    </div>
  );
}
