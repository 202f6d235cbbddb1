/** Owns the form of one folder: its name, the kinds of chats that are in it, and single chats. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useMemo, useState } from "react";
import { codePoints, type Folder, isBlank, limits, trimmed } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { ChatPicker } from "../chats/chat-picker.tsx";
import { atMostText } from "../texts/counts.ts";
import { errorText } from "../texts/error-text.ts";
import { DialogActions } from "../ui/dialog.tsx";
import { Field, FormError } from "../ui/field.tsx";
import { folderChatsMax, type FolderRule, ruleTexts, withFolder } from "./folders.ts";
import { useChangeFolders } from "./use-change-folders.ts";

export function FolderForm({ folder, onDone }: { folder: Folder; onDone: () => void }): JSX.Element {
  const { inbox } = useAccount();
  const { conversations, archived } = useObservable(inbox);
  const change = useChangeFolders();
  const [name, setName] = useState(folder.name);
  const [rules, setRules] = useState<readonly FolderRule[]>(folder.rules ?? []);
  const [picked, setPicked] = useState<ReadonlySet<string>>(() => new Set<string>(folder.conversationIds));
  const [faults, setFaults] = useState<{ readonly name?: string; readonly form?: string }>({});
  const [isBusy, setIsBusy] = useState(false);
  // Those that are in it come first, in the order in which they were when it was opened.
  const rows = useMemo(() => {
    const all = [...conversations, ...archived].filter(({ request }) => !request);
    const isIn = new Set<string>(folder.conversationIds);
    return all.toSorted((one, other) => Number(isIn.has(other.conversationId)) - Number(isIn.has(one.conversationId)));
  }, [conversations, archived, folder]);

  const save = (event: FormEvent) => {
    event.preventDefault();
    if (isBlank(name)) return setFaults({ name: t`Give the folder a name.` });
    if (codePoints(trimmed(name)) > limits.nameCodePointsMax)
      return setFaults({ name: atMostText(limits.nameCodePointsMax) });
    setFaults({});
    setIsBusy(true);
    const ids = [...conversations, ...archived].map(({ conversationId }) => conversationId);
    const next: Folder = {
      id: folder.id,
      name: trimmed(name),
      conversationIds: ids.filter((id) => picked.has(id)),
      ...(rules.length === 0 ? {} : { rules: [...rules] }),
    };
    change((folders) => withFolder(folders, next)).then(onDone, (error: unknown) => {
      setIsBusy(false);
      setFaults({ form: errorText(error) });
    });
  };

  return (
    <form className="dialog-body folder-form" onSubmit={save} noValidate aria-busy={isBusy}>
      <Field
        label={t`Name of the folder`}
        dir="auto"
        autoFocus
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={faults.name}
      />
      <fieldset className="folder-rules">
        <legend>{t`Always in it`}</legend>
        {ruleTexts().map(([rule, text]) => (
          <label key={rule} className="choice-line">
            <input
              type="checkbox"
              checked={rules.includes(rule)}
              onChange={(event) =>
                setRules(event.target.checked ? [...rules, rule] : rules.filter((each) => each !== rule))
              }
            />
            {text}
          </label>
        ))}
      </fieldset>
      <ChatPicker rows={rows} picked={picked} onChange={setPicked} pickedMax={folderChatsMax} />
      <FormError text={faults.form} />
      <DialogActions onClose={onDone}>
        <button type="submit" className="button button-main" disabled={isBusy}>
          {t`Save`}
        </button>
      </DialogActions>
    </form>
  );
}
