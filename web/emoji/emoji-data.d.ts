/** The packed emoji of a language, which the build makes (`emoji-data.ts`). */
declare module "virtual:emoji/*" {
  const emoji: readonly (readonly [
    emoji: string,
    name: string,
    words: string,
    group: number,
    tones?: readonly string[],
  ])[];
  export default emoji;
}
