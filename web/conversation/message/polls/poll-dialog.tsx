/** Owns asking a poll: the question, the options, and whether several may be chosen. */
import { t } from "@lingui/core/macro";
import { type FormEvent, type JSX, useState } from "react";
import { type ConversationHandle, isBlank, limits, trimmed } from "parley-sdk";
import { errorText } from "../../../texts/error-text.ts";
import { IconButton } from "../../../ui/button.tsx";
import { Dialog, DialogActions } from "../../../ui/dialog.tsx";
import { Field, FormError } from "../../../ui/field.tsx";
import { useSay } from "../../../ui/toast.tsx";
import "./polls.css";

interface PollDialogProps {
  readonly conversation: ConversationHandle;
  readonly onClose: () => void;
}

export function PollDialog({ conversation, onClose }: PollDialogProps): JSX.Element {
  const say = useSay();
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState<readonly string[]>(["", ""]);
  const [isMultiple, setIsMultiple] = useState(false);
  const [fault, setFault] = useState<{ readonly at: "question" | "options"; readonly text: string } | null>(null);
  const { pollOptionsMin, pollOptionsMax, pollQuestionCodePointsMax, pollOptionCodePointsMax } = limits;

  const write = (at: number, text: string) => {
    const next = options.map((each, index) => (index === at ? text : each));
    // The last line is always an empty one, as long as there is room.
    const isFull = next.length >= pollOptionsMax;
    setOptions(!isFull && !isBlank(next.at(-1) ?? "") ? [...next, ""] : next);
    setFault(null);
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    const given = options.map(trimmed).filter((option) => !isBlank(option));
    if (isBlank(question)) return setFault({ at: "question", text: t`Write what you want to ask.` });
    if (given.length < pollOptionsMin) return setFault({ at: "options", text: t`Give at least two options.` });
    if (new Set(given).size < given.length)
      return setFault({ at: "options", text: t`Two options are the same. Change one of them.` });
    const poll = { question: trimmed(question), options: given, multiple: isMultiple };
    conversation.send("", { poll }).catch((error: unknown) => say(errorText(error)));
    onClose();
  };
  return (
    <Dialog title={t`New poll`} onClose={onClose}>
      <form className="dialog-body" onSubmit={send} noValidate>
        <Field
          label={t`Question`}
          dir="auto"
          value={question}
          maxLength={pollQuestionCodePointsMax}
          error={fault?.at === "question" ? fault.text : null}
          onChange={(event) => {
            setQuestion(event.target.value);
            setFault(null);
          }}
        />
        <fieldset className="poll-form">
          <legend>{t`Options`}</legend>
          {options.map((option, at) => {
            const number = at + 1;
            return (
              <div key={at} className="field">
                <div className="field-input">
                  <input
                    dir="auto"
                    value={option}
                    aria-label={t`Option ${number}`}
                    placeholder={t`Option ${number}`}
                    maxLength={pollOptionCodePointsMax}
                    onChange={(event) => write(at, event.target.value)}
                  />
                  {options.length > pollOptionsMin && !(at === options.length - 1 && option === "") && (
                    <IconButton
                      icon="close"
                      label={t`Remove option ${number}`}
                      onClick={() => setOptions(options.filter((_, index) => index !== at))}
                    />
                  )}
                </div>
              </div>
            );
          })}
        </fieldset>
        <label className="switch-line">
          <input
            type="checkbox"
            role="switch"
            checked={isMultiple}
            onChange={(event) => setIsMultiple(event.target.checked)}
          />
          {t`Several options may be chosen`}
        </label>
        <FormError text={fault?.at === "options" ? fault.text : null} />
        <DialogActions onClose={onClose}>
          <button type="submit" className="button button-main">
            {t({ message: "Send", context: "verb" })}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
