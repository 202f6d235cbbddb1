/** Owns how the player names a sound: by account, conversation, message and attachment, so that it can be ended with any of them. */

export function soundKey(
  userId: string,
  { conversationId, seq }: { conversationId: string; seq: number },
  attachmentId: string,
): string {
  return `${userId} ${conversationId} ${seq} ${attachmentId}`;
}
