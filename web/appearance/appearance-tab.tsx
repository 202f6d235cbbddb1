/** Owns the settings of how the app looks and which language it speaks. Each is in force at once. */
import { t } from "@lingui/core/macro";
import { type JSX, useId } from "react";
import type { MePatch } from "parley-sdk";
import { useObservable } from "parley-sdk/react";
import { reopenOnce } from "../navigation/open-dialog.ts";
import { languageNames } from "../texts/language-names.ts";
import { chosenLanguage, chooseLanguageHere } from "../texts/language.ts";
import { useAttempt, useSay } from "../ui/toast.tsx";
import { appearance, changeAppearance, type TextSize, textSizes, type Theme, themes } from "./appearance.ts";
import "./appearance.css";

/** The language of the account, for other devices of the user, is changed with this browser's. */
export function AppearanceTab({ change }: { change: (patch: MePatch) => Promise<void> }): JSX.Element {
  const attempt = useAttempt();
  const { theme, textSize } = useObservable(appearance);
  const say = useSay();
  const speak = (tag: string | null) => {
    // Everything is drawn anew in the other language, the settings with it.
    reopenOnce({ kind: "settings", tab: "appearance" });
    chooseLanguageHere(tag).then(
      () => attempt(() => change({ settings: { locale: tag } })),
      () => {
        reopenOnce(null);
        say(t`The texts of this language could not be loaded. Try again when there is a connection.`);
      },
    );
  };
  return (
    <div className="form">
      <Options
        name="theme"
        label={t({ message: "Theme", comment: "Setting: the colours of the app" })}
        values={themes}
        textOf={themeText}
        value={theme}
        onChoose={(next) => changeAppearance({ theme: next })}
      />
      <Options
        name="text-size"
        label={t`Size of texts`}
        values={textSizes}
        textOf={sizeText}
        value={textSize}
        onChoose={(next) => changeAppearance({ textSize: next })}
      />
      <Language onChoose={speak} />
    </div>
  );
}

interface OptionsProps<T extends string> {
  readonly name: string;
  readonly label: string;
  readonly values: readonly T[];
  readonly textOf: (value: T) => string;
  readonly value: T;
  readonly onChoose: (value: T) => void;
}

function Options<T extends string>({ name, label, values, textOf, value, onChoose }: OptionsProps<T>): JSX.Element {
  return (
    <fieldset className="options">
      <legend>{label}</legend>
      <div className="options-line">
        {values.map((each) => (
          <label key={each} className="option" data-value={each}>
            <input type="radio" name={name} value={each} checked={each === value} onChange={() => onChoose(each)} />
            <span>{textOf(each)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Language({ onChoose }: { onChoose: (tag: string | null) => void }): JSX.Element {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t`Language`}</label>
      <select
        id={id}
        value={chosenLanguage() ?? ""}
        onChange={(event) => onChoose(event.target.value === "" ? null : event.target.value)}
      >
        <option value="">{t`As in this browser`}</option>
        {languageNames.map(([tag, name]) => (
          // Each in its own words, so that it is found by whoever reads it.
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function themeText(theme: Theme): string {
  switch (theme) {
    case "system":
      return t`As the system has it`;
    case "light":
      return t({ message: "Light", comment: "Theme with dark letters on light ground" });
    case "dark":
      return t({ message: "Dark", comment: "Theme with light letters on dark ground" });
    case "contrast":
      return t`High contrast`;
  }
}

function sizeText(size: TextSize): string {
  switch (size) {
    case "small":
      return t({ message: "Small", context: "size of texts" });
    case "normal":
      return t({ message: "Normal", context: "size of texts" });
    case "large":
      return t({ message: "Large", context: "size of texts" });
    case "largest":
      return t({ message: "Very large", context: "size of texts" });
  }
}
