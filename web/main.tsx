/** The web app's entry. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { config } from "zod";
import { App } from "./app/app.tsx";
import { CrashBorder } from "./app/crash.tsx";
import { keepShell } from "./app/offline-shell.ts";
import "./ui/tokens.css";
import "./ui/controls.css";
import "./ui/overlays.css";
import "./app/shell.css";
import "./entrance/entrance.css";
import "./conversations/conversations.css";
import "./people/people.css";
import "./conversation/pane.css";
import "./conversation/timeline.css";
import "./conversation/message.css";
import "./conversation/composer.css";
import "./settings/settings.css";

// The validator would try whether it may compile code, which the content security policy forbids and reports.
config({ jitless: true });

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
