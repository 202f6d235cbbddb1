/** Owns the names that the examples of the pages take as given. They are global there, so that an example shows nothing but what it is about. */
import type { ReactNode } from "react";
import type * as sdk from "parley-sdk";
import type { indexedDbStorage as storageOfPages } from "parley-sdk/indexed-db";

declare global {
  type Account = sdk.Account;
  const account: sdk.Account;
  const conversation: sdk.ConversationHandle;
  const message: sdk.Message;
  const baseUrl: string;
  const password: string;
  const text: string;
  const clientId: string;
  const attachmentId: string;
  const file: File;
  const blob: Blob;
  const preview: Blob;
  const image: HTMLImageElement;
  const push: { readonly userId: string; readonly conversationId: string; readonly seq: number };
  const draw: (...what: unknown[]) => void;
  const Entry: (props: { entry: sdk.TimelineEntry }) => ReactNode;
  const indexedDbStorage: typeof storageOfPages;
}
