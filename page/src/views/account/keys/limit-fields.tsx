import { Field, TextInput } from "../../../parts/controls/field.tsx";
import { accountText } from "../messages.ts";
import { type LimitTexts, readLimits } from "./limit-texts.ts";

/** @param currency - of the amount, such as `USD` */
export function LimitFields({
  value,
  onChange,
  currency,
}: {
  readonly value: LimitTexts;
  readonly onChange: (value: LimitTexts) => void;
  readonly currency: string;
}) {
  const { cap, requests } = readLimits(value);
  return (
    <>
      <Field
        label={accountText("cap")}
        hint={accountText("capHint", { currency })}
        error={cap === undefined ? accountText("capBad") : undefined}
      >
        {(control) => (
          <TextInput
            {...control}
            inputMode="decimal"
            value={value.cap}
            onInput={(text) => onChange({ ...value, cap: text })}
          />
        )}
      </Field>
      <Field
        label={accountText("requests")}
        hint={accountText("requestsHint")}
        error={requests === undefined ? accountText("requestsBad") : undefined}
      >
        {(control) => (
          <TextInput
            {...control}
            inputMode="numeric"
            value={value.requests}
            onInput={(text) => onChange({ ...value, requests: text })}
          />
        )}
      </Field>
    </>
  );
}
