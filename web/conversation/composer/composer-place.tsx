/** Owns what stands at the foot of a conversation: the composer, or why nobody can write there. */
import { t } from "@lingui/core/macro";
import type { JSX, RefObject } from "react";
import { useObservable } from "parley-sdk/react";
import { useActions } from "../actions.ts";
import { useMessage } from "../known.ts";
import { Composer } from "./composer.tsx";
import type { DraftKeeper } from "./drafts.ts";
import type { Subject } from "./subject.ts";

interface PlaceProps {
  /** Whether the composer takes the focus at first. */
  readonly isFirst: boolean;
  /** Why the user cannot write; null if they can, at least change what they sent. */
  readonly barred: string | null;
  readonly keeper: DraftKeeper;
  readonly subject: Subject;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly onSent: () => void;
  readonly onEditLatest: () => void;
}

export function ComposerPlace({ barred, subject, ...props }: PlaceProps): JSX.Element | null {
  const { conversation, canWrite, canSend, selected } = useActions();
  const isSelecting = useObservable(selected.picked) !== null;
  const { answeredSeq, edit } = useObservable(subject.about);
  const answered = useMessage(conversation, answeredSeq);
  const edited = useMessage(conversation, edit?.seq ?? null);
  if (isSelecting) return null;
  if (!canSend && (!canWrite || edit === null))
    return <p className="composer-barred">{barred ?? t`Only admins write in this group.`}</p>;
  return (
    <Composer
      {...props}
      answeredSeq={answeredSeq}
      answered={answered}
      edit={edit}
      edited={edited}
      onAnswer={subject.answer}
      onEdit={subject.edit}
    />
  );
}
