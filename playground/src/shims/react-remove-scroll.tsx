import type { ReactNode } from "react";

/** Stands for the package of this name, which writes a style element; our dialogs need no scroll lock by script. */
export function RemoveScroll({ children }: { children?: ReactNode }): ReactNode {
  return children;
}

export default RemoveScroll;
