/** Declares Lucide's files, one for each icon: its package has types only for the list of all. */
declare module "lucide/dist/esm/icons/*.mjs" {
  const icon: readonly (readonly [
    shape: "path" | "circle" | "rect" | "line" | "polyline" | "polygon" | "ellipse",
    attributes: Readonly<Record<string, string | number>>,
  ])[];
  export default icon;
}
