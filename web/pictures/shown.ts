/** Owns what the lightbox has to know of a picture or video. */

/** A picture or video to show. */
export interface Shown {
  readonly key: string;
  readonly kind: "image" | "video";
  readonly name: string;
  /** What screen readers say of it. */
  readonly label: string;
  /** Who sent it, and when. */
  readonly caption: string;
  readonly width: number | null;
  readonly height: number | null;
  /** What stands there until it has come, and the poster of a video. */
  readonly placeholder: string | undefined;
  /** The address of the whole picture or video. Rejects where it is gone. */
  readonly address: () => Promise<string>;
  readonly download: () => void;
}
