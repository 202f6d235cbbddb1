/** Owns the button that shows only an icon. Screen readers say its label, and a pointer that rests on it shows it. */
import type { ComponentProps, JSX } from "react";
import { Icon, type IconName } from "./icons.tsx";

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** Null while the button is not seen: of hundreds of such buttons in a page, one or two are. */
  readonly icon: IconName | null;
  readonly label: string;
  readonly size?: number;
}

export function IconButton({ icon, label, size = 20, className, ...rest }: IconButtonProps): JSX.Element {
  return (
    <button
      type="button"
      className={className === undefined ? "icon-button" : `icon-button ${className}`}
      aria-label={label}
      title={label}
      {...rest}
    >
      {icon !== null && <Icon name={icon} size={size} />}
    </button>
  );
}
