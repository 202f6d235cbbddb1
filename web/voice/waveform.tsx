/** Owns how loudness is drawn: bars, of which those that were played have another colour. */
import type { JSX } from "react";

const barWidth = 2;
const barStep = 4;
const height = 28;
const lowest = 3;

interface WaveformProps {
  /** Each 0 to 1. */
  readonly levels: readonly number[];
  /** How much of it was played, 0 to 1. */
  readonly played: number;
  readonly className?: string;
}

export function Waveform({ levels, played, className = "waveform" }: WaveformProps): JSX.Element {
  const width = Math.max(1, levels.length * barStep - (barStep - barWidth));
  const border = Math.round(played * levels.length);
  return (
    <svg className={className} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path className="waveform-played" d={bars(levels, 0, border)} />
      <path className="waveform-rest" d={bars(levels, border, levels.length)} />
    </svg>
  );
}

function bars(levels: readonly number[], from: number, to: number): string {
  let path = "";
  for (let at = from; at < to; at++) {
    const size = Math.max(lowest, (levels[at] ?? 0) * height);
    path += `M${at * barStep} ${(height - size) / 2}h${barWidth}v${size}h-${barWidth}z`;
  }
  return path;
}

/** What stands for a sound of which nobody has said how loud it is. */
export const flat: readonly number[] = Array.from({ length: 40 }, () => 0.12);

/** Averages, where there are more measurements than bars. */
export function levelsOf(levels: readonly number[], count: number): number[] {
  if (levels.length <= count) return [...levels];
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * levels.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * levels.length) / count));
    let sum = 0;
    for (let at = from; at < to; at++) sum += levels[at] ?? 0;
    return sum / (to - from);
  });
}
