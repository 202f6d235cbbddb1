/** Files that were chosen for a message, and what becomes of them where it cannot be sent. */
import { expect, test, vi } from "vitest";
import { ChosenFiles } from "../../../web/conversation/composer/chosen-files.ts";

const textFile = (name: string): File => new File([name], name, { type: "text/plain" });

async function chosenOf(...names: string[]): Promise<ChosenFiles> {
  const chosen = new ChosenFiles();
  chosen.add(names.map(textFile));
  await vi.waitUntil(() => chosen.arePrepared);
  return chosen;
}

const namesIn = (chosen: ChosenFiles): string[] => chosen.getSnapshot().map(({ file }) => file.name);

test("[W92] files of a message that cannot be sent are given back, before what was chosen since, and never too many", async () => {
  const chosen = await chosenOf("a.txt", "b.txt");
  const first = chosen.getSnapshot()[0];
  chosen.setAlt(first?.id ?? 0, "the first");
  const taken = chosen.take();
  expect(namesIn(chosen)).toEqual([]);
  expect(taken.attachments).toMatchObject([{ alt: "the first" }, { alt: "" }]);
  chosen.add([textFile("c.txt")]);
  taken.giveBack();
  expect(namesIn(chosen)).toEqual(["a.txt", "b.txt", "c.txt"]);
  expect(chosen.getSnapshot()[0]).toMatchObject({ alt: "the first", prepared: { trouble: null } });
  const all = chosen.take();
  chosen.add(Array.from({ length: 20 }, (_, n) => textFile(`${n}.txt`)));
  all.giveBack();
  expect(chosen.getSnapshot()).toHaveLength(20);
  expect(namesIn(chosen).slice(0, 4)).toEqual(["a.txt", "b.txt", "c.txt", "0.txt"]);
});
