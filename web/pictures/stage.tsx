/** Owns the place of one picture or video in the lightbox: loading it, what stands there until then, and enlarging it. */
import { t } from "@lingui/core/macro";
import { type JSX, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from "react";
import { IconButton } from "../ui/button.tsx";
import { useGestures } from "./gestures.ts";
import type { Shown } from "./shown.ts";
import { type Area, fitted } from "./zoom.ts";

const stepTimes = 1.5;

interface StageProps {
  readonly item: Shown;
  readonly onSwipe: (to: -1 | 1) => void;
  readonly onClose: () => void;
}

export function Stage({ item, onSwipe, onClose }: StageProps): JSX.Element {
  const [url, setUrl] = useState<string>();
  const [trouble, setTrouble] = useState(false);
  const stage = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<Area>({ width: innerWidth, height: innerHeight });
  const [natural, setNatural] = useState<Area | null>(
    item.width === null || item.height === null ? null : { width: item.width, height: item.height },
  );
  const picture = fitted(natural ?? screen, screen);
  const gestures = { stage, picture, screen, onSwipe, onPullDown: onClose, onBeside: onClose };
  const { zoom, zoomBy, reset, handlers } = useGestures(gestures);

  const ask = useEffectEvent(() => item.address());
  useEffect(() => {
    let isWanted = true;
    ask().then(
      (address) => {
        if (isWanted) setUrl(address);
      },
      () => {
        if (isWanted) setTrouble(true);
      },
    );
    return () => {
      isWanted = false;
    };
  }, []);
  useLayoutEffect(() => {
    const element = stage.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setScreen({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const key = useEffectEvent((event: KeyboardEvent) => {
    if (item.kind !== "image" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") zoomBy(stepTimes);
    else if (event.key === "-") zoomBy(1 / stepTimes);
    else if (event.key === "0") reset();
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => key(event);
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, []);

  if (trouble)
    return (
      <div className="lightbox-stage" ref={stage}>
        <p className="lightbox-trouble" role="alert">
          {t`It cannot be shown. It may have been unsent, or there is no connection.`}
        </p>
      </div>
    );
  if (item.kind === "video")
    return (
      <div className="lightbox-stage" ref={stage}>
        {/* What somebody films has no captions. */}
        {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
        <video
          className="lightbox-video"
          src={url}
          poster={item.placeholder}
          aria-label={item.label}
          width={picture.width}
          height={picture.height}
          controls
          autoPlay
          playsInline
          onError={() => {
            if (url !== undefined) setTrouble(true);
          }}
        />
      </div>
    );
  return (
    <>
      <div className={zoom.scale > 1 ? "lightbox-stage lightbox-enlarged" : "lightbox-stage"} ref={stage} {...handlers}>
        <img
          className="lightbox-picture"
          src={url ?? item.placeholder}
          alt={item.label}
          draggable={false}
          aria-busy={url === undefined}
          style={{
            width: picture.width,
            height: picture.height,
            transform: `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})`,
          }}
          onLoad={({ currentTarget }) => {
            if (url === undefined) return;
            const { naturalWidth: width, naturalHeight: height } = currentTarget;
            // What was said of it may be wrong.
            if (width > 0 && (natural === null || width / height !== natural.width / natural.height))
              setNatural({ width, height });
          }}
          onError={() => {
            if (url !== undefined) setTrouble(true);
          }}
        />
      </div>
      <div className="lightbox-zoom">
        <IconButton
          icon="zoomOut"
          label={t`Smaller`}
          disabled={zoom.scale === 1}
          onClick={() => zoomBy(1 / stepTimes)}
        />
        <IconButton icon="zoomIn" label={t`Larger`} onClick={() => zoomBy(stepTimes)} />
      </div>
    </>
  );
}
