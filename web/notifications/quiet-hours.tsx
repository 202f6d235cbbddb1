/** Owns the quiet hours: when they begin and end, and by which clock. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useEffectEvent, useRef, useState } from "react";
import type { Settings } from "parley-sdk";
import { Field } from "../ui/field.tsx";

type Hours = NonNullable<Settings["notifications"]["quietHours"]>;
type Times = Partial<Pick<Hours, "from" | "to">>;

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
  const [typed, setTyped] = useState<Times>({});
  const isSaved = useRef(true);
  const change = (hours: Hours | null) => {
    isSaved.current = true;
    onChange(hours);
  };
  const save = useEffectEvent(() => {
    if (quietHours !== null && !isSaved.current) change({ ...quietHours, ...wholeIn(typed) });
  });
  // Saved a moment later, for while a time is typed it is another one.
  useEffect(() => {
    const timer = setTimeout(() => save(), pauseMs);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => () => save(), []);
  const type = (times: Times) => {
    setTyped({ ...typed, ...times });
    isSaved.current = false;
  };
  return (
    <fieldset className="quiet-hours">
      <legend className="sr-only">{t`Quiet hours`}</legend>
      <label className="switch-line">
        <input
          type="checkbox"
          role="switch"
          checked={quietHours !== null}
          onChange={(event) => {
            setTyped({});
            change(event.target.checked ? { ...usual, timeZone: here } : null);
          }}
        />
        <span>
          {t`Quiet hours`}
          <span className="field-hint">{t`You are not notified of what comes in these hours, also not later. You find it in Parley.`}</span>
        </span>
      </label>
      {quietHours !== null && (
        <>
          <div className="quiet-hours-times">
            <Field
              label={t({ message: "From", context: "quiet hours" })}
              type="time"
              value={typed.from ?? quietHours.from}
              onChange={({ target }) => type({ from: target.value })}
            />
            <Field
              label={t({ message: "To", context: "quiet hours" })}
              type="time"
              value={typed.to ?? quietHours.to}
              onChange={({ target }) => type({ to: target.value })}
            />
          </div>
          <p className="field-hint">
            <span>{t`Time zone: ${zone}`}</span>{" "}
            {zone !== here && (
              <button
                type="button"
                className="button-link"
                onClick={() => change({ ...quietHours, ...wholeIn(typed), timeZone: here })}
              >
                {t`Use the time zone of this device: ${here}`}
              </button>
            )}
          </p>
        </>
      )}
    </fieldset>
  );
}

function wholeIn({ from, to }: Times): Times {
  return Object.fromEntries(Object.entries({ from, to }).filter(([, time]) => time !== undefined && clock.test(time)));
}
