/** Owns the page that is shown after a component has thrown: it offers to load the app again. Messages and drafts are in the browser's storage. */
import { t } from "@lingui/core/macro";
import { Component, type ReactNode } from "react";

interface CrashState {
  readonly hasCrashed: boolean;
}

export class CrashBorder extends Component<{ children: ReactNode }, CrashState> {
  override state: CrashState = { hasCrashed: false };

  static getDerivedStateFromError(): CrashState {
    return { hasCrashed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasCrashed) return this.props.children;
    return (
      <main className="entrance">
        <div className="entrance-card">
          <h1>{t`Something broke`}</h1>
          <p>{t`That is a fault of this page. Your messages and drafts are kept.`}</p>
          <button type="button" className="button button-main" onClick={() => location.reload()}>
            {t`Load the page again`}
          </button>
        </div>
      </main>
    );
  }
}
