/** Owns the privacy settings: receipts, typing, presence, and what strangers can do. Each is saved when it is changed. */
import { t } from "@lingui/core/macro";
import { type JSX, useId } from "react";
import type { Me, MePatch, SettingsPatch } from "parley-sdk";
import { useAttempt } from "../ui/toast.tsx";

const presences = () =>
  [
    ["everyone", t`Everyone`],
    ["contacts", t`My contacts`],
    ["nobody", t`Nobody`],
  ] as const;

const reaches = () =>
  [
    ["everyone", t`Write to you and add you to groups`],
    ["requests", t`Send you requests`],
    ["contacts", t({ message: "Nothing", comment: "What people who do not know you can do: nothing" })],
  ] as const;

const switches = () =>
  [
    ["readReceipts", t`Read receipts`, t`Others see what you have read, and you see what they have.`],
    [
      "typing",
      t({ message: "Typing", comment: "Setting: whether others see that you are writing" }),
      t`Others see when you are writing, and you see when they are writing.`,
    ],
    [
      "linkPreviews",
      t`Previews of links`,
      t`The server fetches linked pages for you. Their sites do not learn who reads the message.`,
    ],
  ] as const;

interface PrivacyTabProps {
  readonly me: Me;
  readonly change: (patch: MePatch) => Promise<void>;
}

export function PrivacyTab({ me, change }: PrivacyTabProps): JSX.Element {
  const attempt = useAttempt();
  const patch = (settings: SettingsPatch) => attempt(() => change({ settings }));
  return (
    <div className="form">
      {switches().map(([name, label, note]) => (
        <label key={name} className="switch-line">
          <input
            type="checkbox"
            role="switch"
            checked={me.settings[name]}
            onChange={(event) => patch({ [name]: event.target.checked })}
          />
          <span>
            <span>{label}</span>
            <span className="field-hint">{note}</span>
          </span>
        </label>
      ))}
      <Choice
        label={t`Who sees whether you are online`}
        note={t`They also see when you were last online. People whom you have blocked never do.`}
        choices={presences()}
        value={me.settings.presence}
        onChoose={(presence) => patch({ presence })}
      />
      <Choice
        label={t`What people who do not know you can do`}
        note={t`They know you if they are among your contacts, or if you have a conversation together.`}
        choices={reaches()}
        value={me.settings.reach}
        onChoose={(reach) => patch({ reach })}
      />
    </div>
  );
}

function Choice<T extends string>({
  label,
  note,
  choices,
  value,
  onChoose,
}: {
  label: string;
  note: string;
  choices: readonly (readonly [T, string])[];
  value: T;
  onChoose: (value: T) => void;
}): JSX.Element {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        aria-describedby={`${id}-note`}
        value={value}
        onChange={(event) => {
          const chosen = choices.find(([each]) => each === event.target.value);
          if (chosen !== undefined) onChoose(chosen[0]);
        }}
      >
        {choices.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
      <p id={`${id}-note`} className="field-hint">
        {note}
      </p>
    </div>
  );
}
