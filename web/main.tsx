/** The web app's entry. */
import "./browser/no-compiling.ts";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { CrashBorder } from "./app/crash.tsx";
import { keepShell } from "./browser/offline-shell.ts";
import { mendAddress } from "./app/route.ts";
import "./ui/tokens.css";
import "./ui/controls.css";
import "./ui/overlays.css";
import "./app/shell.css";
import "./entrance/entrance.css";
import "./conversations/conversations.css";
import "./people/people.css";
import "./conversation/pane.css";
import "./conversation/timeline/timeline.css";
import "./conversation/message/message.css";
import "./conversation/composer/composer.css";
import "./settings/settings.css";

mendAddress();
const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <CrashBorder>
        <App />
      </CrashBorder>
    </StrictMode>,
  );
}
keepShell();
