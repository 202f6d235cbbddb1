/**
 * Owns the buttons with an icon: one that shows only the icon, whose label screen readers say and a pointer that rests on it shows; and one with its
 * name below the icon, which stands in a row of actions.
 */
import type { ComponentProps, JSX } from "react";
import { Icon, type IconName } from "./icons.tsx";

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  readonly icon: IconName;
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
      <Icon name={icon} size={size} />
    </button>
  );
}

interface ActionTileProps extends Omit<ComponentProps<"button">, "children"> {
  readonly icon: IconName;
  readonly label: string;
}

/** To be put into an element of the class `action-row`. */
export function ActionTile({ icon, label, ...rest }: ActionTileProps): JSX.Element {
  return (
    <button type="button" className="action-tile" {...rest}>
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
}
