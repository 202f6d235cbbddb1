/** Owns labelled inputs: the label, what is asked, and what is wrong with it. The error stands at its field, or below all fields. */
import { t } from "@lingui/core/macro";
import { type ComponentProps, type JSX, useId, useState } from "react";
import { IconButton } from "./button.tsx";
import { Icon } from "./icons.tsx";

interface FieldProps extends Omit<ComponentProps<"input">, "id"> {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | null | undefined;
  /** Whether the hint says that the value is good. */
  readonly isGood?: boolean;
  /** What stands before every value, such as the @ of a handle. It is not part of the value. */
  readonly before?: string;
}

export function Field({ label, hint, error, type, before, isGood = false, ...rest }: FieldProps): JSX.Element {
  const id = useId();
  const [isShown, setIsShown] = useState(false);
  const isPassword = type === "password";
  const isWrong = error !== null && error !== undefined;
  const note = isWrong ? error : hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-input">
        {before !== undefined && (
          <span className="field-before" aria-hidden="true">
            {before}
          </span>
        )}
        <input
          id={id}
          type={isPassword && isShown ? "text" : type}
          aria-invalid={isWrong}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          {...rest}
          dir={dirOf(rest)}
        />
        {isPassword && (
          <IconButton
            icon="eye"
            label={isShown ? t`Hide the password` : t`Show the password`}
            aria-pressed={isShown}
            onClick={() => setIsShown(!isShown)}
          />
        )}
      </div>
      {note !== undefined && (
        <p
          id={`${id}-note`}
          className={isWrong ? "field-error" : isGood ? "field-hint field-good" : "field-hint"}
          role={isWrong ? "alert" : isGood ? "status" : undefined}
        >
          {isGood && !isWrong && <Icon name="check" size={16} />}
          <span>{note}</span>
        </p>
      )}
    </div>
  );
}

/** What is written has its own direction, an empty field that of the page: browsers take an empty one for one from left to right. */
function dirOf({ dir, value }: Pick<ComponentProps<"input">, "dir" | "value">): string | undefined {
  return dir === "auto" && value === "" ? undefined : dir;
}

interface TextAreaFieldProps extends Omit<ComponentProps<"textarea">, "id"> {
  readonly label: string;
  readonly error?: string | null | undefined;
}

export function TextAreaField({ label, error, ...rest }: TextAreaFieldProps): JSX.Element {
  const id = useId();
  const isWrong = error !== null && error !== undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? `${id}-note` : undefined}
        {...rest}
        dir={dirOf({ dir: "auto", ...rest })}
      />
      {isWrong && (
        <p id={`${id}-note`} className="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

/** What is wrong with a form and with none of its fields. */
export function FormError({ text }: { text: string | null | undefined }): JSX.Element | null {
  if (text === null || text === undefined) return null;
  return (
    <p className="field-error" role="alert">
      {text}
    </p>
  );
}
