/** Owns the QR code: an SVG path, dark on white in every theme, because cameras expect that. */
import { type JSX, useEffect, useState } from "react";
import "./security.css";

const quietModules = 4;

export function QrCode({ text, label }: { text: string; label: string }): JSX.Element {
  const [drawn, setDrawn] = useState<{ text: string; size: number; path: string } | null>(null);
  useEffect(() => {
    let isOver = false;
    void import("uqr").then(({ encode }) => {
      const { data, size } = encode(text, { ecc: "M", border: quietModules });
      if (!isOver) setDrawn({ text, size, path: pathOf(data) });
    });
    return () => {
      isOver = true;
    };
  }, [text]);
  const shown = drawn?.text === text ? drawn : null;
  const size = shown?.size ?? 1;
  return (
    <svg className="qr" role="img" aria-label={label} viewBox={[0, 0, size, size].join(" ")}>
      {shown !== null && <path d={shown.path} />}
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
