/** Owns the quiet hours: when they begin and end, and by which clock. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useEffectEvent, useRef, useState } from "react";
import type { Settings } from "parley-sdk";
import { Field } from "../ui/field.tsx";

type Hours = NonNullable<Settings["notifications"]["quietHours"]>;

const usual = { from: "22:00", to: "07:00" };
const clock = /^([01][0-9]|2[0-3]):[0-5][0-9]$/;

const pauseMs = 700;

interface QuietHoursProps {
  readonly quietHours: Hours | null;
  readonly onChange: (hours: Hours | null) => void;
}

export function QuietHours({ quietHours, onChange }: QuietHoursProps): JSX.Element {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = quietHours?.timeZone ?? here;
  return (
    <fieldset className="quiet-hours">
      <legend className="sr-only">{t`Quiet hours`}</legend>
      <label className="switch-line">
        <input
          type="checkbox"
          role="switch"
          checked={quietHours !== null}
          onChange={(event) => onChange(event.target.checked ? { ...usual, timeZone: here } : null)}
        />
        <span>
          {t`Quiet hours`}
          <span className="field-hint">{t`You are not notified of what comes in these hours, also not later. You find it in Parley.`}</span>
        </span>
      </label>
      {quietHours !== null && (
        <>
          <div className="quiet-hours-times">
            <TimeField
              label={t({ message: "From", context: "quiet hours" })}
              value={quietHours.from}
              onChange={(from) => onChange({ ...quietHours, from })}
            />
            <TimeField
              label={t({ message: "To", context: "quiet hours" })}
              value={quietHours.to}
              onChange={(to) => onChange({ ...quietHours, to })}
            />
          </div>
          <p className="field-hint">
            <span>{t`Time zone: ${zone}`}</span>{" "}
            {zone !== here && (
              <button type="button" className="button-link" onClick={() => onChange({ ...quietHours, timeZone: here })}>
                {t`Use the time zone of this device: ${here}`}
              </button>
            )}
          </p>
        </>
      )}
    </fieldset>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Saved a moment after it was changed, for while it is typed the time is another one. */
function TimeField({ label, value, onChange }: TimeFieldProps): JSX.Element {
  const [typed, setTyped] = useState<string | null>(null);
  const unsaved = useRef<string | null>(null);
  const save = useEffectEvent(() => {
    if (unsaved.current !== null) onChange(unsaved.current);
    unsaved.current = null;
  });
  useEffect(() => {
    if (typed === null) return undefined;
    const timer = setTimeout(() => save(), pauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => () => save(), []);
  return (
    <Field
      label={label}
      type="time"
      value={typed ?? value}
      onChange={({ target }) => {
        setTyped(target.value);
        if (clock.test(target.value)) unsaved.current = target.value;
      }}
    />
  );
}
