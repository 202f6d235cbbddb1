/** The variables of wrangler.toml that the environment of `npm start` and `npm run dev` may replace. */
const names = [
  "PUSH_HOSTS",
  "LINK_HOSTS",
  "ALLOWED_ORIGINS",
  "PARLEY_RATE_LIMITS",
  "PARLEY_RELAY_SOCKETS",
  "PARLEY_LIGHT_PASSWORDS",
  "PARLEY_COST_METER",
  "DIRECTORY_SHARDS",
  "DIRECTORY_MAP",
  "DIRECTORY_FROZEN",
  "VAPID_SUBJECT",
  "VAPID_OLD_KEYS",
  "FCM_SERVICE_ACCOUNT",
  "FCM_URL",
  "OPERATOR_SECRET",
  "MEDIA_ORIGIN",
  "UPLOAD_QUOTA_BYTES",
  "PARLEY_SCAN_URL",
];

export function passedOn(): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
