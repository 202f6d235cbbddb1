/** Owns the settings of how the account is entered: passkeys, the second factor, recovery codes. */
import { plural, t } from "@lingui/core/macro";
import { type JSX, useCallback, useState } from "react";
import type { OwnerProof, Passkey, SecurityState } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { useFetched } from "../accounts/fetched.ts";
import { deviceName } from "../accounts/device-name.ts";
import { Unfetched } from "../accounts/unfetched.tsx";
import { useNow } from "../browser/observe.ts";
import { sentences } from "../texts/sentences.ts";
import { agoText } from "../texts/time.ts";
import { Confirm } from "../ui/dialog.tsx";
import { useAttempt, useSay } from "../ui/toast.tsx";
import { OwnerDialog } from "./owner-dialog.tsx";
import { hasPasskeys, createPasskey } from "./passkeys.ts";
import { useEndOfSight } from "./end-of-sight.ts";
import { RecoveryCodesDialog } from "./recovery-codes.tsx";
import "./security.css";

type Opened = "add" | "codes" | "on" | "off" | null;

export function SecurityTab(): JSX.Element {
  const { security } = useAccount();
  const say = useSay();
  const [opened, setOpened] = useState<Opened>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const ask = useCallback((signal: AbortSignal) => security.load({ signal }), [security]);
  const { value: state, error, reload: load } = useFetched(ask);
  const hideCodes = useCallback(() => setCodes(null), []);
  useEndOfSight(codes !== null, hideCodes);

  if (state === undefined) return <Unfetched error={error} onAgain={() => void load()} />;
  const close = () => setOpened(null);
  const acts: Record<Exclude<Opened, null>, (proof: OwnerProof) => Promise<void>> = {
    add: async (proof) => {
      await security.addPasskey(deviceName(navigator.userAgent), proof, createPasskey);
      say(t`The passkey is added.`);
    },
    codes: async (proof) => setCodes(await security.makeRecoveryCodes(proof)),
    on: async (proof) => await security.setSecondFactor(true, proof),
    off: async (proof) => await security.setSecondFactor(false, proof),
  };
  return (
    <div className="form">
      <PasskeyPart state={state} onAdd={() => setOpened("add")} onChanged={load} />
      <CodesPart state={state} onMake={() => setOpened("codes")} />
      <SecondFactorPart state={state} onSwitch={() => setOpened(state.secondFactor ? "off" : "on")} />
      {opened !== null && (
        <OwnerDialog
          {...words(opened)}
          act={async (proof) => {
            await acts[opened](proof);
            // The codes are shown now, whatever the server says then.
            void load();
          }}
          onClose={close}
        />
      )}
      {codes !== null && <RecoveryCodesDialog codes={codes} onClose={hideCodes} />}
    </div>
  );
}

function words(opened: Exclude<Opened, null>): { title: string; text: string; action: string } {
  switch (opened) {
    case "add":
      return {
        title: t`Add a passkey`,
        text: t`Then this device, or a security key, asks for your finger, face or PIN.`,
        action: t`Add a passkey`,
      };
    case "codes":
      return {
        title: t`New recovery codes`,
        text: t`Older codes stop working.`,
        action: t`Make new codes`,
      };
    case "on":
      return {
        title: t`Ask for a passkey too`,
        text: t`From now on a passkey or a recovery code is needed besides the password.`,
        action: t`Turn on`,
      };
    case "off":
      return {
        title: t`Ask for the password alone`,
        text: t`Whoever knows the password can sign in then.`,
        action: t`Turn off`,
      };
  }
}

interface PartProps {
  readonly state: SecurityState;
}

function PasskeyPart({
  state: { passkeys },
  onAdd,
  onChanged,
}: PartProps & { onAdd: () => void; onChanged: () => Promise<void> }): JSX.Element {
  const { security, presence } = useAccount();
  const attempt = useAttempt();
  const now = useNow(60_000, presence.now);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  return (
    <section className="data-part" aria-labelledby="security-passkeys">
      <h3 id="security-passkeys">{t`Passkeys`}</h3>
      <p className="quiet">{t`Sign in with your finger, face or PIN, or with a security key, and without a password.`}</p>
      {passkeys.length > 0 && (
        <ul className="device-list security-list" aria-label={t`Passkeys`}>
          {passkeys.map((passkey) => (
            <li key={passkey.id} className="device">
              <span className="person-names">
                <bdi className="person-name">{passkey.name}</bdi>
                <span className="quiet">
                  {passkey.lastUsedAt === null ? t`Not used yet` : usedText(agoText(passkey.lastUsedAt, now))}
                </span>
              </span>
              <button
                type="button"
                className="button button-danger"
                aria-label={removeText(passkey.name)}
                onClick={() => setRemoving(passkey)}
              >
                {t`Remove`}
              </button>
            </li>
          ))}
        </ul>
      )}
      {hasPasskeys() ? (
        <button type="button" className="button" onClick={onAdd}>
          {t`Add a passkey…`}
        </button>
      ) : (
        <p className="quiet">{t`This browser cannot use passkeys at this address.`}</p>
      )}
      {removing !== null && (
        <Confirm
          title={t`Remove this passkey?`}
          text={t`It cannot be used to sign in any more. Your device may still show it; remove it there, too.`}
          action={t`Remove`}
          onConfirm={() =>
            attempt(async () => {
              await security.removePasskey(removing.id);
              await onChanged();
            })
          }
          onClose={() => setRemoving(null)}
        />
      )}
    </section>
  );
}

function CodesPart({ state: { recoveryCodes }, onMake }: PartProps & { onMake: () => void }): JSX.Element {
  const { left, createdAt } = recoveryCodes;
  return (
    <section className="data-part" aria-labelledby="security-codes">
      <h3 id="security-codes">{t`Recovery codes`}</h3>
      <p className="quiet">
        {sentences(
          t`Each code replaces a lost passkey once.`,
          createdAt === null
            ? t`You have none yet.`
            : plural(left, { one: "# code is left.", other: "# codes are left." }),
        )}
      </p>
      <button type="button" className="button" onClick={onMake}>
        {t`Make new codes…`}
      </button>
    </section>
  );
}

function SecondFactorPart({ state, onSwitch }: PartProps & { onSwitch: () => void }): JSX.Element {
  const isReady = state.passkeys.length > 0 && state.recoveryCodes.left > 0;
  return (
    <section className="data-part" aria-labelledby="security-second">
      <h3 id="security-second">{t`Second factor`}</h3>
      <label className="switch-line">
        <input
          type="checkbox"
          role="switch"
          checked={state.secondFactor}
          disabled={!isReady && !state.secondFactor}
          onChange={onSwitch}
        />
        <span>
          {t`Ask for a passkey besides the password`}
          <span className="field-hint">
            {isReady || state.secondFactor
              ? t`A stolen password alone then opens nothing.`
              : t`Add a passkey and make recovery codes first.`}
          </span>
        </span>
      </label>
    </section>
  );
}

function usedText(ago: string): string {
  return t({ message: `Used ${ago}`, comment: "When a passkey was last used: Used 5 min. ago" });
}

function removeText(name: string): string {
  return t({ message: `Remove ${name}`, comment: "Removes a passkey, which is named" });
}
