/**
 * Owns the scene in Arabic, and the letters that it is written in: Noto Sans Arabic, of which letters/ has what a text needs. The font that we serve has none, and each
 * system has others.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { at, chat, type Scene } from "./scene.ts";

const viewer = { id: "layla", handle: "layla.of.the.pictures", name: "ليلى حدّاد", bio: "أمشي على البحر." };
const title = "نزهة الميناء";

export const arabicScene: Scene = {
  viewer,
  people: [
    { id: "omar", handle: "omar.of.the.pictures", name: "عمر الخطيب" },
    { id: "sara", handle: "sara.of.the.pictures", name: "سارة (أم يوسف)" },
    { id: "yusuf", handle: "yusuf.of.the.pictures", name: "يوسف منصور" },
    { id: "nils", handle: "nils.of.the.pictures", name: "Nils Berg" },
  ],
  chats: [
    ...chat(
      "ar-walk",
      title,
      ["omar", "layla", "sara", "yusuf", "nils"],
      [
        ["omar", at(1, "18:40"), "تفتح المنارة في التاسعة، وأول عبّارة في التاسعة والنصف."],
        ["sara", at(1, "18:42"), "معي مفاتيح بيت القوارب، إن أمطرت!"],
        ["layla", at(1, "18:55"), "جيد. أحضر الخريطة (القديمة)"],
        ["omar", at(0, "09:12"), "من يأتي يوم السبت؟ تقول النشرة *شمس حتى الرابعة*، ثم _ريح خفيفة_ من الغرب."],
        ["omar", at(0, "09:12"), "نقطة اللقاء:\n- الرصيف، عند الساعة\n- التاسعة والنصف\n- المنصة 3 إن أمطرت"],
        [
          "sara",
          at(0, "09:20"),
          "أنا! وأحضر الشاي وكعك القرفة.",
          { replyTo: "4", reactions: [{ emoji: "❤️", by: ["omar", "layla"] }] },
        ],
        ["yusuf", at(0, "09:31"), "", { unsentAt: at(0, "09:32") }],
        ["nils", at(0, "09:33"), "In. The long way round, please!", { editedAt: at(0, "09:35") }],
        [
          "layla",
          at(0, "10:05"),
          "احسبوني معكم. نلتقي عند الرصيف، في التاسعة والنصف.",
          { reactions: [{ emoji: "👍", by: ["sara"] }] },
        ],
        ["layla", at(0, "10:05"), "@omar.of.the.pictures هل تحضر الكاميرا؟", { mentions: ["omar"] }],
      ],
    ),
    ...chat(
      "ar-omar",
      null,
      ["layla", "omar"],
      [["omar", at(0, "09:58"), "التذاكر في صندوق بريدك (تحت طرد الجيران في الطابق الثاني)."]],
    ),
    ...chat("ar-sara", null, ["sara", "layla"], [["layla", at(1, "21:14"), "تصبحين على خير، أراك قريبًا!"]]),
    ...chat(
      "ar-books",
      "نادي الكتاب",
      ["yusuf", "layla", "nils"],
      [["yusuf", at(2, "16:30"), "التالي: *The Summer Book*، من 170 صفحة. قصير، أعدكم!"]],
    ),
    ...chat(
      "ar-rota",
      "مناوبة المطبخ، الطابق الثاني والغرفة الصغيرة خلف الدرج",
      ["yusuf", "layla"],
      [["layla", at(4, "08:02"), "انتهى أسبوعي."]],
    ),
    ...chat("ar-yusuf", null, ["yusuf", "layla"], [["yusuf", at(9, "11:47"), "", { unsentAt: at(9, "11:48") }]]),
    ...chat("ar-choir", "Choir", ["nils", "layla"], [["nils", at(40, "19:00"), "No rehearsal in Easter week!"]]),
    ...chat("ar-boats", "قوارب", ["omar", "layla"], [["omar", at(400, "12:30"), "بيعت!"]]),
  ],
  words: { walk: title, own: "احسبوني معكم", other: "Nils" },
  states: {
    unread: "عمر الخطيب",
    draft: ["سارة (أم يوسف)", "وأحضري معك"],
    muted: "نادي الكتاب",
    archived: "قوارب",
    folder: "البحر",
  },
};

/** From its next load on this page has the letters. */
export async function haveLetters(page: Page): Promise<void> {
  const faces = ["400", "600"].map((weight) => ({
    weight,
    bytes: readFileSync(join(import.meta.dirname, `letters/arabic-${weight}.woff`), "base64"),
  }));
  await page.addInitScript((given) => {
    for (const { weight, bytes } of given) {
      const face = new FontFace(
        "Letters",
        Uint8Array.from(atob(bytes), (each) => each.codePointAt(0) ?? 0),
        { weight },
      );
      document.fonts.add(face);
      void face.load();
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(':root { --font: "Emoji in Colour", "Figtree Variable", Letters, sans-serif }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }, faces);
}
