/** Owns the parts of a group's panel: picture and title, settings and invites. Actions that the user's role does not allow are not offered; the server checks each. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useState } from "react";
import { type Conversation, isBlank, trimmed, type User } from "parley-sdk";
import { ActionButton } from "../../chats/action-row.tsx";
import { membersText } from "../../texts/counts.ts";
import { errorText } from "../../texts/error-text.ts";
import { AvatarField } from "../../pictures/avatar-field.tsx";
import { PeoplePicker } from "../../people/people-picker.tsx";
import { IconButton } from "../../ui/button.tsx";
import { Dialog, DialogActions } from "../../ui/dialog.tsx";
import { Field, FormError } from "../../ui/field.tsx";
import { useAttempt } from "../../ui/toast.tsx";
import { useActions } from "../actions.ts";
import { Invites } from "./invites.tsx";

/** Picture, title, and what can be done with the group itself. */
export function GroupHead({ details }: { details: Conversation }): JSX.Element {
  const { conversation } = useActions();
  const { mayEdit } = useRights(details);
  const [isRenaming, setIsRenaming] = useState(false);
  return (
    <div className="group-panel">
      <AvatarField
        id={details.id}
        name={details.title ?? t`Group`}
        url={details.avatarUrl}
        isDisabled={!mayEdit}
        isCompact
        save={(picture) => conversation.setAvatar(picture)}
      />
      <div className="group-title">
        <h3>
          <bdi>{details.title}</bdi>
        </h3>
        {mayEdit && (
          <IconButton icon="edit" size={16} label={t`Change the title`} onClick={() => setIsRenaming(true)} />
        )}
      </div>
      <p className="quiet">{membersText(details.memberCount)}</p>
      {isRenaming && <TitleDialog title={details.title ?? ""} onClose={() => setIsRenaming(false)} />}
    </div>
  );
}

/** Stands among the actions with the chat. */
export function AddPeople({ details }: { details: Conversation }): JSX.Element | null {
  const { mayAdd } = useRights(details);
  const [isAdding, setIsAdding] = useState(false);
  if (!mayAdd) return null;
  return (
    <>
      <ActionButton icon="personAdd" label={t`Add`} aria-label={t`Add people`} onClick={() => setIsAdding(true)} />
      {isAdding && <AddDialog details={details} onClose={() => setIsAdding(false)} />}
    </>
  );
}

/** What members may do, and the invites. */
export function GroupSettings({ details }: { details: Conversation }): JSX.Element | null {
  const { rules, mayAdd } = useRights(details);
  if (!mayAdd && !rules) return null;
  return (
    <div className="panel-section">
      {rules && <Policy details={details} />}
      {mayAdd && <Invites />}
    </div>
  );
}

function useRights({ me, policy }: Conversation): { rules: boolean; mayAdd: boolean; mayEdit: boolean } {
  const { canWrite } = useActions();
  const rules = canWrite && me.role !== "member";
  return {
    rules,
    mayAdd: rules || (canWrite && policy.add === "member"),
    mayEdit: rules || (canWrite && policy.edit === "member"),
  };
}

const policies = () =>
  [
    ["add", t`Members may add people and make invites`],
    ["edit", t`Members may change the title`],
    ["write", t`Members may write messages`],
  ] as const;

function Policy({ details }: { details: Conversation }): JSX.Element {
  const { conversation } = useActions();
  const attempt = useAttempt();
  return (
    <fieldset className="switches">
      <legend className="sr-only">{t`What members may do`}</legend>
      {policies().map(([name, label]) => (
        <label key={name} className="switch-line">
          <input
            type="checkbox"
            role="switch"
            checked={details.policy[name] === "member"}
            onChange={(event) =>
              attempt(() => conversation.patch({ policy: { [name]: event.target.checked ? "member" : "admin" } }))
            }
          />
          {label}
        </label>
      ))}
      <label className="switch-line">
        <input
          type="checkbox"
          role="switch"
          checked={details.policy.history === "all"}
          onChange={(event) =>
            attempt(() => conversation.patch({ policy: { history: event.target.checked ? "all" : "joined" } }))
          }
        />
        {t`New members see what was written before`}
      </label>
    </fieldset>
  );
}

function AddDialog({ details, onClose }: { details: Conversation; onClose: () => void }): JSX.Element {
  const { conversation } = useActions();
  const [picked, setPicked] = useState<readonly User[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const members = new Set<string>(details.members?.map(({ user }) => user.id));
  const add = async () => {
    setIsBusy(true);
    try {
      await conversation.addMembers(picked.map(({ id }) => id));
    } catch (failure) {
      setError(errorText(failure));
      setIsBusy(false);
      return;
    }
    onClose();
  };
  return (
    <Dialog title={t`Add people`} onClose={onClose}>
      <div className="dialog-body">
        <PeoplePicker picked={picked} onChange={setPicked} isExcluded={(userId) => members.has(userId)} />
        <FormError text={error} />
        <DialogActions onClose={onClose}>
          <button
            type="button"
            className="button button-main"
            disabled={isBusy || picked.length === 0}
            onClick={() => void add()}
          >
            {t`Add`}
          </button>
        </DialogActions>
      </div>
    </Dialog>
  );
}

function TitleDialog({ title: present, onClose }: { title: string; onClose: () => void }): JSX.Element {
  const { conversation } = useActions();
  const [title, setTitle] = useState(present);
  const [error, setError] = useState<string | null>(null);
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (isBlank(title)) {
      setError(t`Give the group a title.`);
      return;
    }
    conversation.patch({ title: trimmed(title) }).then(onClose, (failure: unknown) => setError(errorText(failure)));
  };
  return (
    <Dialog title={t`Change the title`} onClose={onClose}>
      <form className="dialog-body" onSubmit={save} noValidate>
        <Field
          label={t`Title`}
          dir="auto"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          error={error}
        />
        <DialogActions onClose={onClose}>
          <button type="submit" className="button button-main">
            {t`Save`}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
