/** Owns what the items of a menu are made of. It comes with the menu that is shown: the page that offers a menu does not carry it. */
import { type ComponentProps, type ComponentType, createContext, type ReactNode } from "react";

interface ItemProps {
  readonly className: string;
  readonly disabled?: boolean;
  readonly onSelect: () => void;
  readonly "aria-label"?: string | undefined;
  readonly children: ReactNode;
}

interface ChoicesProps {
  readonly label: string;
  readonly choices: readonly (readonly [value: string, text: string])[];
  readonly value: string;
  readonly onChoose: (value: string) => void;
}

/** An item that leads to further ones, which take the place of those of the menu. */
export interface Deeper {
  readonly label: string;
  readonly children: () => ReactNode;
}

interface MoreProps extends Deeper {
  readonly icon: ReactNode;
}

export interface MenuParts {
  readonly Item: ComponentType<ItemProps>;
  readonly More: ComponentType<MoreProps>;
  readonly Choices: ComponentType<ChoicesProps>;
  readonly Line: ComponentType<Pick<ComponentProps<"div">, "className">>;
}

/** Null outside of a menu that is shown. */
export const MenuPartsContext = createContext<MenuParts | null>(null);
