/** Owns the picture at the entrance: two people in a conversation. It is drawn in the colours of the theme, and says nothing that the line below it does not. */
import type { JSX } from "react";

export function EntrancePicture(): JSX.Element {
  return (
    <svg className="entrance-picture" viewBox="0 0 360 240" aria-hidden="true" focusable="false">
      <circle className="picture-soft" cx="180" cy="120" r="112" />
      <circle className="picture-soft" cx="318" cy="42" r="14" />
      <circle className="picture-soft" cx="40" cy="196" r="10" />
      <g className="picture-hers">
        <circle className="picture-face" cx="62" cy="116" r="22" />
        <path className="picture-shape" d="M54 119a8 8 0 0 0 16 0" />
        <path
          className="picture-bubble"
          d="M116 42h120a24 24 0 0 1 24 24v34a24 24 0 0 1-24 24H98a6 6 0 0 1-6-6V66a24 24 0 0 1 24-24z"
        />
        <path className="picture-words" d="M118 72h108M118 95h66" />
        <g className="picture-heart">
          <circle cx="238" cy="126" r="16" />
          <path d="M238 134c-6-4-9-7-9-11a4.7 4.7 0 0 1 9-2 4.7 4.7 0 0 1 9 2c0 4-3 7-9 11z" />
        </g>
      </g>
      <g className="picture-his">
        <circle className="picture-face" cx="304" cy="192" r="22" />
        <path className="picture-shape" d="M296 195a8 8 0 0 0 16 0" />
        <path
          className="picture-bubble"
          d="M146 146h98a24 24 0 0 1 24 24v38a6 6 0 0 1-6 6H146a24 24 0 0 1-24-24v-20a24 24 0 0 1 24-24z"
        />
        <path className="picture-words" d="M150 180h60" />
        <path className="picture-ticks" d="m222 182 6 6 12-12m-4 10 2 2 12-12" />
      </g>
    </svg>
  );
}
