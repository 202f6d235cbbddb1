/** Owns what the parts of the picker are called, and the emoji that stands for each. */
import { t } from "@lingui/core/macro";
import type { Section } from "./grid.ts";

type SectionName = Section["name"];

export const sectionIcons: Readonly<Record<SectionName, string>> = {
  recent: "🕒",
  found: "🔍",
  smileys: "😀",
  people: "👋",
  nature: "🐻",
  food: "🍎",
  travel: "🚗",
  activities: "⚽",
  objects: "💡",
  symbols: "❤️",
  flags: "🏁",
};

export function sectionName(name: SectionName): string {
  switch (name) {
    case "recent":
      return t({ message: "Recently used", comment: "A group of emoji" });
    case "found":
      return t({ message: "Found", comment: "A group of emoji: those that were searched for" });
    case "smileys":
      return t({ message: "Smileys and emotion", comment: "A group of emoji" });
    case "people":
      return t({ message: "People and body", comment: "A group of emoji" });
    case "nature":
      return t({ message: "Animals and nature", comment: "A group of emoji" });
    case "food":
      return t({ message: "Food and drink", comment: "A group of emoji" });
    case "travel":
      return t({ message: "Travel and places", comment: "A group of emoji" });
    case "activities":
      return t({ message: "Activities", comment: "A group of emoji" });
    case "objects":
      return t({ message: "Objects", comment: "A group of emoji" });
    case "symbols":
      return t({ message: "Symbols", comment: "A group of emoji" });
    case "flags":
      return t({ message: "Flags", comment: "A group of emoji" });
  }
}
