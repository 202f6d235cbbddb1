/** Owns the approval of another device: its code is typed or comes with an address, and nothing is approved before the user has said yes. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useCallback, useEffect, useRef, useState } from "react";
import { type AskingDevice, ParleyError } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { useAccount } from "../accounts/account-context.ts";
import { useNow } from "../browser/observe.ts";
import { nameOf } from "../names/names.ts";
import { errorText } from "../texts/error-text.ts";
import { regionName } from "../texts/formats.ts";
import { sentences } from "../texts/sentences.ts";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { Field, FormError } from "../ui/field.tsx";
import { useSay } from "../ui/toast.tsx";
import { useSecondFactor } from "./second-factor/use-second-factor.tsx";
import "./security.css";

/** `code`: from an address; empty where it is to be typed. */
export function LinkDialog({ code, onClose }: { code: string; onClose: () => void }): JSX.Element {
  const { security } = useAccount();
  const [asking, setAsking] = useState<{ readonly code: string; readonly device: AskingDevice } | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(code !== "");
  const look = useCallback(
    (typed: string) => {
      security.lookAtLink(typed).then(
        (device) => {
          setIsBusy(false);
          setAsking({ code: typed, device });
        },
        (error: unknown) => {
          setIsBusy(false);
          setFault(linkFault(error));
        },
      );
    },
    [security],
  );
  useEffect(() => {
    if (code !== "") look(code);
  }, [code, look]);
  return (
    <Dialog title={t`Sign in another device`} onClose={onClose}>
      {asking === null ? (
        <CodeForm
          isBusy={isBusy}
          fault={fault}
          onSubmit={(typed) => {
            setIsBusy(true);
            look(typed);
          }}
          onClose={onClose}
        />
      ) : (
        <Approval {...asking} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface CodeFormProps {
  readonly isBusy: boolean;
  readonly fault: string | null;
  readonly onSubmit: (code: string) => void;
  readonly onClose: () => void;
}

function CodeForm({ isBusy, fault, onSubmit, onClose }: CodeFormProps): JSX.Element {
  const [code, setCode] = useState("");
  return (
    <form
      className="dialog-body form"
      noValidate
      aria-busy={isBusy}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (code.trim() !== "" && !isBusy) onSubmit(code.trim());
      }}
    >
      <p>{t`On the new device choose to sign in with another device. Then scan the picture that it shows with this device's camera, or type the code below it here.`}</p>
      <Field
        label={t`Code of the new device`}
        name="link-code"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        dir="ltr"
        autoFocus
        value={code}
        onChange={(event) => setCode(event.target.value)}
        error={fault}
      />
      <DialogActions onClose={onClose}>
        <button type="submit" className="button button-main" disabled={isBusy || code.trim() === ""}>
          {t`Go on`}
        </button>
      </DialogActions>
    </form>
  );
}

function Approval({
  code,
  device: { device, place, expiresAt },
  onClose,
}: {
  code: string;
  device: AskingDevice;
  onClose: () => void;
}): JSX.Element {
  const account = useAccount();
  const name = nameOf(useObservable(account.user));
  const isOver = useNow(1_000, account.presence.now) >= expiresAt;
  const say = useSay();
  const { prove, question } = useSecondFactor();
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const heading = useRef<HTMLParagraphElement>(null);
  // The form with the code is gone, and the focus with it.
  useEffect(() => heading.current?.focus(), []);
  const settle = (work: () => Promise<string | null>) => {
    setIsBusy(true);
    setFault(null);
    work().then(
      (done) => {
        setIsBusy(false);
        if (done === null) return;
        say(done);
        onClose();
      },
      (error: unknown) => {
        setIsBusy(false);
        setFault(linkFault(error));
      },
    );
  };
  const approve = () =>
    settle(async () => {
      const isDone = await prove(async (second) => {
        await account.security.approveLink(code, second);
        return true;
      });
      return isDone === null ? null : t`The device is signed in.`;
    });
  const decline = () =>
    settle(async () => {
      await account.security.declineLink(code);
      return t`The device was refused.`;
    });
  return (
    <div className="dialog-body form">
      <p ref={heading} tabIndex={-1} className="link-question">
        {t`Sign in this device as ${name}?`}
      </p>
      <dl className="link-facts">
        <dt>{t`Device`}</dt>
        <dd>
          <bdi>{device.name}</bdi>
        </dd>
        <dt>{t`Where it is`}</dt>
        <dd>
          <bdi>{placeText(place)}</bdi>
        </dd>
      </dl>
      <p className="link-warning">
        {sentences(
          t`Say yes only to a device that you hold in your hands.`,
          t`Whoever sent you this code or picture could read and write as you.`,
        )}
      </p>
      <FormError text={isOver ? t`This code is over. Let the new device show another one.` : fault} />
      <div className="actions">
        <button type="button" className="button" disabled={isBusy || isOver} onClick={decline}>
          {t`It is not mine`}
        </button>
        <button type="button" className="button button-main" disabled={isBusy || isOver} onClick={approve}>
          {t`Sign it in`}
        </button>
      </div>
      {question}
    </div>
  );
}

function placeText({ country, city }: AskingDevice["place"]): string {
  const region = country === null ? null : regionName(country);
  if (region === null) return t({ message: "Unknown", comment: "From where a device asks: not known" });
  return city === null ? region : t({ message: `${city}, ${region}`, comment: "A town and its country" });
}

function linkFault(error: unknown): string {
  if (error instanceof ParleyError && error.code === "not_found")
    return t`There is no such code, or its two minutes are over.`;
  return errorText(error);
}
