/** Owns the names of the languages that can be chosen, each in its own words. */

export const languageNames = [
  ["en", "English"],
  ["es", "Español"],
  ["zh", "中文"],
  ["ar", "العربية"],
] as const;
