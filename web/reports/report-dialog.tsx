/** Owns reporting a message, a person or a group to the operator of the server, and what may be done along with it. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useId, useState } from "react";
import { type ReportAbout, reportLimits, type ReportReason } from "parley-sdk";
import { useAccount } from "../accounts/account-context.ts";
import { nameOf } from "../names/names.ts";
import { useBlocked, usePeople, usePerson } from "../people/people.ts";
import { errorText } from "../texts/error-text.ts";
import { Dialog, DialogActions } from "../ui/dialog.tsx";
import { FormError, TextAreaField } from "../ui/field.tsx";
import { useSay } from "../ui/toast.tsx";
import "./reports.css";

interface ReportDialogProps {
  readonly about: ReportAbout;
  /** The person who may be blocked with it: the sender of the message, or the person. */
  readonly personId?: string | undefined;
  readonly onClose: () => void;
}

export function ReportDialog({ about, personId, onClose }: ReportDialogProps): JSX.Element {
  const account = useAccount();
  const people = usePeople();
  const say = useSay();
  const person = usePerson(personId);
  const isBlocked = useBlocked()?.some(({ id }) => id === personId) ?? false;
  const [reason, setReason] = useState<ReportReason | null>(null);
  const [note, setNote] = useState("");
  const [isBlocking, setIsBlocking] = useState(false);
  const [isLeaving, setIsLeaving] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const group = useId();
  const name = nameOf(person);
  const isGroup = about.kind === "conversation";

  const send = (event: FormEvent) => {
    event.preventDefault();
    if (reason === null) return setFault(t`Choose what is wrong.`);
    setIsBusy(true);
    const report = async () => {
      await account.report(about, reason, note.trim() === "" ? {} : { note: note.trim() });
      if (isBlocking && personId !== undefined) await people.setBlocked(personId, true);
      if (isLeaving && isGroup) await account.conversation(about.conversationId).leave();
    };
    report().then(
      () => {
        onClose();
        say(isBlocking ? t`Reported, and ${name} is blocked.` : t`Thank you. The report is with the operator.`);
      },
      (error: unknown) => {
        setIsBusy(false);
        setFault(errorText(error));
      },
    );
  };
  return (
    <Dialog title={titleOf(about.kind, name)} onClose={onClose}>
      <form className="dialog-body" onSubmit={send} noValidate>
        <p className="quiet">{explained(about.kind)}</p>
        <fieldset className="report-reasons">
          <legend>{t`What is wrong?`}</legend>
          {reasons().map(([value, text]) => (
            <label key={value} className="report-reason">
              <input
                type="radio"
                name={group}
                value={value}
                checked={reason === value}
                onChange={() => {
                  setReason(value);
                  setFault(null);
                }}
              />
              {text}
            </label>
          ))}
        </fieldset>
        <TextAreaField
          label={t`What should the operator know? (optional)`}
          rows={3}
          maxLength={reportLimits.reportNoteCodePointsMax}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        {personId !== undefined && !isBlocked && (
          <label className="report-reason">
            <input type="checkbox" checked={isBlocking} onChange={(event) => setIsBlocking(event.target.checked)} />
            <span>{t`Also block ${name}`}</span>
          </label>
        )}
        {isGroup && (
          <label className="report-reason">
            <input type="checkbox" checked={isLeaving} onChange={(event) => setIsLeaving(event.target.checked)} />
            {t`Also leave the group`}
          </label>
        )}
        <FormError text={fault} />
        <DialogActions onClose={onClose}>
          <button type="submit" className="button button-danger" disabled={isBusy}>
            {t({ message: "Report", context: "verb" })}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function titleOf(kind: ReportAbout["kind"], name: string): string {
  switch (kind) {
    case "message":
      return t`Report the message`;
    case "user":
      return t`Report ${name}`;
    case "conversation":
      return t`Report the group`;
  }
}

function explained(kind: ReportAbout["kind"]): string {
  return kind === "message"
    ? t`The operator of this server gets the message and a few around it. Nobody in the chat is told.`
    : t`The operator of this server gets this and the latest messages. Nobody is told.`;
}

const reasons = () =>
  [
    ["spam", t`Spam or fraud`],
    ["harassment", t`Harassment or hate`],
    ["violence", t`Violence or threats`],
    ["sexual", t`Sexual content`],
    ["impersonation", t`Pretends to be somebody else`],
    ["other", t`Something else`],
  ] as const;
