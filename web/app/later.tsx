/** Owns parts of the app that are loaded when they are first shown, so that the first page does not carry them. */
import { t } from "@lingui/core/macro";
import { type ComponentType, type JSX, useEffect, useEffectEvent, useState } from "react";
import { useSay } from "../ui/toast.tsx";

interface LaterProps<P> {
  readonly load: () => Promise<ComponentType<P>>;
  readonly props: P;
  /** It could not be loaded. */
  readonly onFailed: () => void;
}

/** `load` is called once for each element. What was loaded before is there at once. */
export function Later<P extends object>({ load, props, onFailed }: LaterProps<P>): JSX.Element | null {
  const say = useSay();
  const [loaded, setLoaded] = useState<{ readonly part: ComponentType<P> } | null>(null);
  const begin = useEffectEvent(() => {
    load().then(
      (part) => setLoaded({ part }),
      () => {
        say(t`This part of the app could not be loaded. Try again when there is a connection.`);
        onFailed();
      },
    );
  });
  useEffect(() => begin(), []);
  if (loaded === null) return null;
  const Part = loaded.part;
  return <Part {...props} />;
}
