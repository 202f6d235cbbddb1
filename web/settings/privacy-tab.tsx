/** Owns what others may see of the user: receipts, typing, presence. Saved as it is switched. */
import { type JSX, useId } from "react";
import type { Me, SettingsPatch } from "../../client/index.ts";
import { useAccount } from "../app/account-context.ts";
import { useAttempt } from "../ui/toast.tsx";

const presences = [
  ["everyone", "Everyone"],
  ["contacts", "My contacts"],
  ["nobody", "Nobody"],
] as const;

const switches = [
  ["readReceipts", "Read receipts", "Others see what you have read, and you see what they have."],
  ["typing", "Typing", "Others see that you are writing, and you see it of them."],
] as const;

export function PrivacyTab({ me, onChange }: { me: Me; onChange: (me: Me) => void }): JSX.Element {
  const account = useAccount();
  const attempt = useAttempt();
  const presenceId = useId();
  const patch = (settings: SettingsPatch) => attempt(async () => onChange(await account.patchMe({ settings })));
  return (
    <div className="form">
      {switches.map(([name, label, note]) => (
        <label key={name} className="switch-line">
          <input
            type="checkbox"
            role="switch"
            checked={me.settings[name]}
            onChange={(event) => patch({ [name]: event.target.checked })}
          />
          <span>
            {label}
            <span className="field-hint">{note}</span>
          </span>
        </label>
      ))}
      <div className="field">
        <label htmlFor={presenceId}>Who sees whether you are online</label>
        <select
          id={presenceId}
          aria-describedby={`${presenceId}-note`}
          value={me.settings.presence}
          onChange={(event) => {
            const chosen = presences.find(([value]) => value === event.target.value);
            if (chosen !== undefined) patch({ presence: chosen[0] });
          }}
        >
          {presences.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <p id={`${presenceId}-note`} className="field-hint">
          They also see when you were last online. People whom you have blocked never do.
        </p>
      </div>
    </div>
  );
}
