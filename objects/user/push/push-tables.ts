/**
 * Owns the table of push subscriptions; ../tables.ts puts it in order with the others. Append-only.
 *
 * `push_subscriptions`: a row a device. `address`: the endpoint, or the token of a native app, which has no keys.
 */
export const pushTables = `
  CREATE TABLE push_subscriptions (
    device_id TEXT PRIMARY KEY,
    via TEXT NOT NULL,
    address TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    key_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
