/** Owns the QR code: an SVG path, dark on white in every theme, because cameras expect that. What draws it comes with the dialogs that show one, which come later. */
import { type JSX, useMemo } from "react";
import { encode } from "uqr";
import "./security.css";

const quietModules = 4;

export function QrCode({ text, label }: { text: string; label: string }): JSX.Element {
  const { size, path } = useMemo(() => {
    const { data, size } = encode(text, { ecc: "M", border: quietModules });
    return { size, path: pathOf(data) };
  }, [text]);
  return (
    <svg className="qr" role="img" aria-label={label} viewBox={[0, 0, size, size].join(" ")}>
      <path d={path} />
    </svg>
  );
}

/** One rectangle for each run of dark modules in a row. */
function pathOf(rows: readonly (readonly boolean[])[]): string {
  const parts: string[] = [];
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < row.length; x++) {
      if (row[x] !== true) continue;
      const from = x;
      while (row[x + 1] === true) x++;
      parts.push(`M${from} ${y}h${x + 1 - from}v1h${from - x - 1}z`);
    }
  }
  return parts.join("");
}
