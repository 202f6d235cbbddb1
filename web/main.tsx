/** The web app's entry. */
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { type JSX, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { useObservable } from "parley-sdk/react";
import { App } from "./app/app.tsx";
import { firstIdle, partsNeed } from "./browser/later.tsx";
import { startAppearance } from "./appearance/appearance.ts";
import { CrashBorder } from "./app/crash.tsx";
import { keepShell } from "./versions/offline-shell.ts";
import "./versions/served.ts";
import { mendAddress } from "./navigation/route.ts";
import { fetchServerTexts } from "./texts/error-text.ts";
import { TransText } from "./app/trans-text.tsx";
import { fetchOtherTexts, spokenLanguage, startLanguage } from "./texts/language.ts";
import { yieldToKeyboard } from "./touch/keyboard.ts";
import { fetchIcons } from "./ui/icons.tsx";
import "./style/tokens.css";
import "./style/fonts.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/fields.css";
import "./style/overlays.css";
import "./style/forced-colors.css";
import "./ui/toasts/toast.css";
import "./app/shell.css";
import "./entrance/entrance.css";
import "./conversations/conversations.css";
import "./conversations/list/list.css";
import "./conversations/row/rows.css";
import "./accounts/accounts.css";
import "./names/avatar.css";
import "./people/people.css";
import "./search/search.css";
import "./conversation/pane.css";

mendAddress();
partsNeed(async () => void (await Promise.all([fetchOtherTexts(), fetchServerTexts(), fetchIcons()])));
startAppearance();
const language = startLanguage();
if (language === undefined) show();
else void language.then(show);
// It fetches all files of the app, which must not be in the way of the first screen.
void firstIdle.then(keepShell);
yieldToKeyboard();

function show(): void {
  const root = document.getElementById("root");
  if (root === null) return;
  createRoot(root).render(
    <StrictMode>
      <I18nProvider i18n={i18n} defaultComponent={TransText}>
        <Spoken />
      </I18nProvider>
    </StrictMode>,
  );
}

/** The app in the language that is spoken now. With another one all of it is made anew. */
function Spoken(): JSX.Element {
  const language = useObservable(spokenLanguage);
  return (
    <CrashBorder key={language}>
      <App />
    </CrashBorder>
  );
}
