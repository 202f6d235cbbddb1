/** Owns taking a person into one's contacts and out of them, wherever it is offered. */
import { t } from "@lingui/core/macro";
import type { Contact } from "parley-sdk";
import { nameOf } from "../../names/names.ts";
import { useAttempt, useSay } from "../../ui/toast.tsx";
import { useContacts, usePeople, usePerson } from "../people.ts";

interface ContactSetting {
  /** Undefined where neither has the other. */
  readonly contact: Contact | undefined;
  readonly isContact: boolean;
  readonly toggle: () => void;
}

export function useContact(userId: string): ContactSetting {
  const people = usePeople();
  const name = nameOf(usePerson(userId));
  const contact = useContacts()?.find((each) => each.user.id === userId);
  const attempt = useAttempt();
  const say = useSay();
  const isContact = contact !== undefined && contact.state !== "incoming";
  const toggle = () =>
    attempt(async () => {
      await people.setContact(userId, !isContact);
      if (isContact)
        say(t`${name} is no longer among your contacts.`, () => attempt(() => people.setContact(userId, true)));
    });
  return { contact, isContact, toggle };
}
