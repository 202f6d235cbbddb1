/**
 * `npm run keys`: prints a new pair of VAPID keys, and how to set them. A running server's subscriptions need the key that they were made with, so a change of keys keeps the
 * old pair beside the new one (docs/push.md).
 */
import webPush from "web-push";

const { publicKey, privateKey } = webPush.generateVAPIDKeys();
process.stdout.write(`VAPID_PUBLIC_KEY=${publicKey}
VAPID_PRIVATE_KEY=${privateKey}

A new deploy makes such a pair by itself, and so does the first npm start (.parley/secrets.json).
To change the keys of a server, write the two lines above into a file, and as a third line its present pair,
  VAPID_OLD_KEYS=public:private      (several separated by commas)
so that the browsers that subscribed with it still get pushes until they have subscribed anew. Then set all three at once:
  npx wrangler secret bulk FILE --env production
docs/push.md says more.
`);
