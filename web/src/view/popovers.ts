/** What opened over the page closes again by a click elsewhere and by Escape. */

import { useEffect } from "preact/hooks";

const OPEN = ".mlnn details[open]:has(> .popover), .mlnn .keys[open]";

export function usePopovers(): void {
  useEffect(() => {
    const close = (but: Node | null) => {
      for (const each of document.querySelectorAll<HTMLDetailsElement>(OPEN)) if (!but || !each.contains(but)) each.open = false;
    };
    const press = (event: PointerEvent) => close(event.target as Node);
    const key = (event: KeyboardEvent) => event.key === "Escape" && close(null);
    document.addEventListener("pointerdown", press);
    document.addEventListener("keydown", key);
    return () => {
      document.removeEventListener("pointerdown", press);
      document.removeEventListener("keydown", key);
    };
  }, []);
}
