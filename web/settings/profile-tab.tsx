/** Owns editing the user's profile: name, handle, bio. */
import { atMostText } from "../texts/counts.ts";
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useState } from "react";
import { codePoints, limits, type Me, type MePatch, trimmed } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { errorText, fieldOf, fieldText } from "../texts/error-text.ts";
import { handleFault, handleHint, nameFault } from "../entrance/rules.ts";
import { AvatarField } from "../pictures/avatar-field.tsx";
import { Field, FormError, TextAreaField } from "../ui/field.tsx";
import { useSay } from "../ui/toast.tsx";

type Faults = Readonly<Partial<Record<"name" | "handle" | "bio" | "form", string>>>;

interface ProfileTabProps {
  readonly me: Me;
  readonly change: (patch: MePatch) => Promise<void>;
}

export function ProfileTab({ me, change }: ProfileTabProps): JSX.Element {
  const account = useAccount();
  const user = useObservable(account.user);
  const say = useSay();
  const [name, setName] = useState(me.name);
  const [handle, setHandle] = useState(me.handle ?? "");
  const [bio, setBio] = useState(me.bio);
  const [faults, setFaults] = useState<Faults>({});
  const [isBusy, setIsBusy] = useState(false);

  const save = (event: FormEvent) => {
    event.preventDefault();
    const found = faultsIn(name, handle, bio);
    setFaults(found);
    const patch = changes(me, { name: trimmed(name), handle: handle.trim().toLowerCase(), bio });
    if (Object.keys(found).length > 0 || Object.keys(patch).length === 0) return;
    setIsBusy(true);
    change(patch).then(
      () => {
        setIsBusy(false);
        say(t`Saved`);
      },
      (error: unknown) => {
        setIsBusy(false);
        const field = fieldOf(error);
        if (field === "name" || field === "handle" || field === "bio") setFaults({ [field]: fieldText(error) });
        else setFaults({ form: errorText(error) });
      },
    );
  };

  return (
    <form onSubmit={save} noValidate className="form">
      <AvatarField id={me.id} name={name} url={user.avatarUrl} save={(picture) => account.setAvatar(picture)} />
      <Field
        label={t`Name`}
        dir="auto"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={faults.name}
      />
      <Field
        label={t`Handle`}
        before="@"
        value={handle}
        onChange={(event) => setHandle(event.target.value)}
        autoCapitalize="none"
        spellCheck={false}
        hint={handleHint()}
        error={faults.handle}
      />
      <TextAreaField
        label={t`About you`}
        rows={3}
        value={bio}
        onChange={(event) => setBio(event.target.value)}
        error={faults.bio}
      />
      <FormError text={faults.form} />
      <div className="actions">
        <button type="submit" className="button button-main" disabled={isBusy}>
          {t`Save`}
        </button>
      </div>
    </form>
  );
}

function faultsIn(name: string, handle: string, bio: string): Faults {
  const found: Record<string, string> = {};
  const nameWrong = nameFault(name);
  if (nameWrong !== null) found["name"] = nameWrong;
  const handleWrong = handleFault(handle);
  if (handleWrong !== null) found["handle"] = handleWrong;
  if (codePoints(bio) > limits.bioCodePointsMax) found["bio"] = atMostText(limits.bioCodePointsMax);
  return found;
}

/** Only the fields that the user has changed: the others may have been changed by another device meanwhile. */
function changes(me: Me, next: { name: string; handle: string; bio: string }): MePatch {
  return {
    ...(next.name === me.name ? {} : { name: next.name }),
    ...(next.handle === me.handle ? {} : { handle: next.handle }),
    ...(next.bio === me.bio ? {} : { bio: next.bio }),
  };
}
