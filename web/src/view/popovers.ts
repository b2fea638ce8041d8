/** What opened over the page closes again by a click elsewhere and by Escape. */

import { useEffect } from "preact/hooks";

const OPEN = ".mlnn details[open]:has(> .popover), .mlnn .keys[open]";

const ROOM = 12;

/** Move what opened to where all of it can be seen. */
function place(details: HTMLElement): void {
  const popover = details.querySelector<HTMLElement>(":scope > .popover");
  if (!popover) return;
  popover.style.translate = "";
  const { left, right, top, bottom } = popover.getBoundingClientRect();
  const across = Math.max(ROOM - left, Math.min(0, innerWidth - ROOM - right));
  const up = Math.max(ROOM - top, Math.min(0, innerHeight - ROOM - bottom));
  popover.style.translate = `${across}px ${up}px`;
}

export function usePopovers(): void {
  useEffect(() => {
    const close = (but: Node | null) => {
      for (const each of document.querySelectorAll<HTMLDetailsElement>(OPEN)) if (!but || !each.contains(but)) each.open = false;
    };
    const press = (event: PointerEvent) => close(event.target as Node);
    const key = (event: KeyboardEvent) => event.key === "Escape" && close(null);
    const opened = ({ target }: Event) => target instanceof HTMLDetailsElement && target.open && place(target);
    document.addEventListener("toggle", opened, true); // it does not bubble
    document.addEventListener("pointerdown", press);
    document.addEventListener("keydown", key);
    return () => {
      document.removeEventListener("toggle", opened, true);
      document.removeEventListener("pointerdown", press);
      document.removeEventListener("keydown", key);
    };
  }, []);
}
