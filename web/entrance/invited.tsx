/** Owns the line of the entrance that names the group to which an invite leads, or the person to whom a link does, before anybody has signed in. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useState } from "react";
import { type InvitePreview, ParleyError } from "parley-sdk";
import { parley } from "../accounts/parley.ts";
import { useOnlineTimes } from "../browser/observe.ts";
import { Handle } from "../names/handle.tsx";
import { useRoute } from "../navigation/route.ts";
import { membersText } from "../texts/counts.ts";

type Answer = { readonly code: string } & (
  | { readonly preview: InvitePreview }
  | { readonly preview: null; readonly isOver: boolean }
);

export function Invited(): JSX.Element | null {
  const route = useRoute();
  const code = route.at === "join" ? route.code : null;
  const times = useOnlineTimes();
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    if (code === null) return undefined;
    const asked = new AbortController();
    parley.previewInvite(code, { signal: asked.signal }).then(
      (preview) => setAnswer({ code, preview }),
      (error: unknown) => {
        // Without an answer nothing is said of it: the invite is looked at again after the sign-in.
        const isOver = error instanceof ParleyError && error.code === "not_found";
        if (!asked.signal.aborted) setAnswer({ code, preview: null, isOver });
      },
    );
    return () => asked.abort();
  }, [code, times]);
  if (route.at === "person")
    return (
      <section className="invite-preview" aria-label={t`Invite`} data-testid="invited">
        <span className="quiet">{t`With an account you can write to:`}</span>
        <Handle handle={route.handle} />
      </section>
    );
  if (code === null || answer?.code !== code) return null;
  if (answer.preview === null)
    return answer.isOver ? <p role="status">{t`This invite has expired, is used up, or does not exist.`}</p> : null;
  const { title, memberCount } = answer.preview;
  return (
    <section className="invite-preview" aria-label={t`Invite`} data-testid="invited">
      <span className="quiet">{t`You are invited to a group:`}</span>
      <bdi>{title ?? t`A group`}</bdi>
      <span className="quiet">{membersText(memberCount)}</span>
    </section>
  );
}
