/** Owns the entrance: signing in and signing up, for the first account or a further one. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useEffect, useEffectEvent, useRef, useState } from "react";
import { type Account, isBlank, ParleyError, type SecondFactor, trimmed } from "parley-sdk";
import { errorText, fieldOf, fieldText } from "../texts/error-text.ts";
import { parley } from "../accounts/parley.ts";
import { later, useFirstScreen } from "../browser/later.tsx";
import { usePasskeyEntry } from "../security/passkey-entry.ts";
import { useRoute } from "../navigation/route.ts";
import { hasPasskeys } from "../security/passkeys.ts";
import { useSecondFactor } from "../security/second-factor/use-second-factor.tsx";
import { Field, FormError } from "../ui/field.tsx";
import { freeText, useIsHandleFree } from "./handle-free.ts";
import { Invited } from "./invited.tsx";
import { EntrancePicture } from "./picture.tsx";
import { handleFault, handleHint, nameFault, passwordFault, passwordHint } from "./rules.ts";

const LinkEntry = later(async () => (await import("../security/link-entry.tsx")).LinkEntry);

interface EntranceProps {
  readonly onEntered: (account: Account) => void;
  /** Given if another account is signed in: it goes back to that one. */
  readonly onBack?: () => void;
}

type Faults = Readonly<Partial<Record<"handle" | "password" | "name" | "form", string>>>;

export function Entrance({ onEntered, onBack }: EntranceProps): JSX.Element {
  const { at } = useRoute();
  /** Null until the user chooses between signing in and up. Who follows a link of somebody is likely to be new. */
  const [isNewChosen, setIsNewChosen] = useState<boolean | null>(null);
  const isNew = isNewChosen ?? (onBack === undefined && (at === "join" || at === "person"));
  const [handle, setHandle] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [faults, setFaults] = useState<Faults>({});
  const [isBusy, setIsBusy] = useState(false);
  const [isLinking, setIsLinking] = useState(false);
  const { prove, question } = useSecondFactor();
  useFirstScreen();
  const form = useRef<HTMLFormElement>(null);
  const passkey = usePasskeyEntry(!isNew && !isLinking && !isBusy, onEntered, (text) =>
    setFaults(text === null ? {} : { form: text }),
  );

  // The first wrong field gets the focus, after the form was sent and not while it is filled in.
  const isFree = useIsHandleFree(handle, isNew && !isBusy);
  const [sent, setSent] = useState(0);
  const look = useEffectEvent(() => {
    if (Object.keys(faults).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  });
  useEffect(() => look(), [sent]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    const found = isNew ? newFaults(handle, name, password) : missing(handle, password);
    setFaults(found);
    setSent((times) => times + 1);
    if (Object.keys(found).length > 0) return;
    setIsBusy(true);
    prove((second) => enter(isNew, handle.trim(), trimmed(name), password, second)).then(
      (account) => {
        if (account === null) setIsBusy(false);
        else onEntered(account);
      },
      (error: unknown) => {
        setIsBusy(false);
        setFaults(faultsOf(error, isNew));
        setSent((times) => times + 1);
      },
    );
  };

  return (
    <main className="entrance">
      <div className="entrance-both">
        <div className="entrance-about">
          <EntrancePicture />
          <p>{t`Talk with your people, one or many, wherever you are.`}</p>
        </div>
        <div className="entrance-card">
          <h1>{isNew ? t`Create an account` : t`Sign in to Parley`}</h1>
          <Invited />
          {isLinking ? (
            <LinkEntry onEntered={onEntered} />
          ) : (
            <form ref={form} onSubmit={submit} noValidate aria-busy={isBusy}>
              {isNew && (
                <Field
                  label={t`Name`}
                  name="name"
                  autoComplete="name"
                  autoFocus
                  dir="auto"
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                  hint={t`As others see you. You can change it at any time.`}
                  error={faults.name}
                />
              )}
              <Field
                label={t`Handle`}
                name="username"
                autoComplete={isNew ? "username" : "username webauthn"}
                autoCapitalize="none"
                autoCorrect="off"
                spellCheck={false}
                autoFocus={!isNew}
                dir="ltr"
                before="@"
                value={handle}
                // Who writes or pastes the @ means the same handle.
                onChange={(event) => {
                  setHandle(event.target.value.replace(/^\s*@/, ""));
                  setFaults(({ handle: _mended, ...others }) => others);
                }}
                onBlur={() => {
                  const fault = isNew && handle !== "" ? handleFault(handle) : null;
                  if (fault !== null) setFaults((before) => ({ ...before, handle: fault }));
                }}
                hint={!isNew ? undefined : isFree === true ? freeText(handle) : handleHint()}
                isGood={isFree === true}
                error={faults.handle ?? (isFree === false ? t`That handle is taken.` : undefined)}
              />
              <Field
                label={t`Password`}
                name="password"
                type="password"
                autoComplete={isNew ? "new-password" : "current-password"}
                value={password}
                onChange={(event) => setPassword(event.target.value)}
                hint={isNew ? passwordHint() : undefined}
                error={faults.password}
              />
              <FormError text={faults.form} />
              <button type="submit" className="button button-main" disabled={isBusy}>
                {isBusy ? t`One moment…` : isNew ? t`Create account` : t`Sign in`}
              </button>
            </form>
          )}
          {!isNew && (
            <div className="entrance-ways">
              {hasPasskeys() && !isLinking && (
                <button type="button" className="button" disabled={isBusy} onClick={passkey.ask}>
                  {t`Sign in with a passkey`}
                </button>
              )}
              <button
                type="button"
                className="button"
                onClick={() => {
                  setIsLinking(!isLinking);
                  setFaults({});
                }}
              >
                {isLinking ? t`Sign in with a password` : t`Sign in with another device`}
              </button>
            </div>
          )}
          <button
            type="button"
            className="button-link"
            onClick={() => {
              setIsNewChosen(!isNew);
              setIsLinking(false);
              setFaults({});
            }}
          >
            {isNew ? t`I have an account: sign in` : t`New here? Create an account`}
          </button>
          {onBack !== undefined && (
            <button type="button" className="button-link" onClick={onBack}>
              {t`Back`}
            </button>
          )}
        </div>
      </div>
      {question}
    </main>
  );
}

function enter(isNew: boolean, handle: string, name: string, password: string, second: SecondFactor): Promise<Account> {
  if (!isNew) return parley.signIn({ handle, password, ...second });
  return parley.signUp(isBlank(name) ? { handle, password } : { handle, password, name });
}

/** An empty form is not sent. */
function missing(handle: string, password: string): Faults {
  return {
    ...(handle.trim() === "" && { handle: t`Write your handle.` }),
    ...(password === "" && { password: t`Write your password.` }),
  };
}

function newFaults(handle: string, name: string, password: string): Faults {
  const found = {
    handle: handleFault(handle),
    name: isBlank(name) ? null : nameFault(name),
    password: passwordFault(password),
  };
  return Object.fromEntries(
    Object.entries(found).flatMap(([field, fault]) => (fault === null ? [] : [[field, fault]])),
  );
}

function faultsOf(error: unknown, isNew: boolean): Faults {
  if (!isNew && error instanceof ParleyError && error.code === "unauthenticated")
    return { password: t`Unknown handle or wrong password.` };
  const field = fieldOf(error);
  if (field === "handle" || field === "password" || field === "name") return { [field]: fieldText(error) };
  return { form: errorText(error) };
}
