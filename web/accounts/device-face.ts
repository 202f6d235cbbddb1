/** Owns the name of this device in the user's list of devices. */

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\//, "Firefox"],
  [/\bChrome\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux|CrOS/, "Linux"],
];

export function deviceFace(userAgent: string): { name: string; platform: string } {
  const browser = browsers.find(([mark]) => mark.test(userAgent))?.[1] ?? "Browser";
  const system = systems.find(([mark]) => mark.test(userAgent))?.[1];
  return { name: system === undefined ? browser : `${browser} on ${system}`, platform: "web" };
}
