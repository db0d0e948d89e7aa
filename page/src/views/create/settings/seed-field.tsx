import { Dices, Lock, LockOpen } from "lucide";
import { Button } from "../../../parts/controls/button.tsx";
import { Field, TextInput } from "../../../parts/controls/field.tsx";
import { changeDraft, draft, lastSeed } from "../draft.ts";
import { pickSeed } from "../job-request.ts";
import { createText } from "../messages.ts";

/**
 * The seed of the next drawing. Unlocked it is the last one's, for the eye, and the next drawing picks another; locked
 * it stays.
 */
export function SeedField({ error }: { readonly error: string | undefined }) {
  const { seed } = draft.value;
  const shown = seed ?? lastSeed.value;
  const lock = () => changeDraft({ seed: seed === null ? (lastSeed.peek() ?? pickSeed()) : null });
  return (
    <div data-setting="seed">
      <Field
        label={createText("setSeed")}
        hint={createText(seed === null ? "setSeedRandom" : "setSeedKept")}
        error={error}
        aside={
          <span>
            <Button
              kind="quiet"
              icon={Dices}
              label={createText("setSeedNew")}
              onClick={() => changeDraft({ seed: pickSeed() })}
            />
            <Button
              kind="quiet"
              icon={seed === null ? LockOpen : Lock}
              label={createText("setSeedLock")}
              pressed={seed !== null}
              onClick={lock}
            />
          </span>
        }
      >
        {(control) => (
          <TextInput
            {...control}
            inputMode="numeric"
            placeholder={createText("seedRandom")}
            value={shown === null ? "" : String(shown)}
            onInput={(text) => changeDraft({ seed: /^\d{1,16}$/.test(text) ? Number(text) : null })}
          />
        )}
      </Field>
    </div>
  );
}
