/** Owns the dialog that creates a group from a title and members. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useState } from "react";
import { isBlank, trimmed, type User } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { errorText, fieldOf, fieldText } from "../texts/error-text.ts";
import { openConversation } from "../navigation/route.ts";
import { PeoplePicker } from "../people/people-picker.tsx";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { Field, FormError } from "../ui/field.tsx";

export function NewGroupDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const account = useAccount();
  const [title, setTitle] = useState("");
  const [picked, setPicked] = useState<readonly User[]>([]);
  const [titleError, setTitleError] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  const found = (event: FormEvent) => {
    event.preventDefault();
    setTitleError(null);
    setError(null);
    if (isBlank(title)) {
      setTitleError(t`Give the group a title.`);
      return;
    }
    setIsBusy(true);
    account.createGroup({ title: trimmed(title), memberIds: picked.map(({ id }) => id) }).then(
      (group) => {
        onClose();
        openConversation(group.id);
      },
      (failure: unknown) => {
        setIsBusy(false);
        if (fieldOf(failure) === "title") setTitleError(fieldText(failure));
        else setError(errorText(failure));
      },
    );
  };

  return (
    <Dialog title={t`New group`} onClose={onClose}>
      <form className="dialog-body" onSubmit={found} noValidate>
        <Field
          label={t`Title`}
          dir="auto"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          autoComplete="off"
          error={titleError}
        />
        <PeoplePicker picked={picked} onChange={setPicked} />
        <FormError text={error} />
        <DialogActions onClose={onClose}>
          <button type="submit" className="button button-main" disabled={isBusy}>
            {t`Create`}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
