/** What opened over the page closes again by a click elsewhere and by Escape. */

import { useEffect } from "preact/hooks";

const OPEN = ".mlnn details[open]:has(> .popover), .mlnn .keys[open]";

const ROOM = 12;

/** Lay what opened over the page, below what opens it, where all of it can be seen. */
function place(details: HTMLElement): void {
  const popover = details.querySelector<HTMLElement>(":scope > .popover");
  if (!popover) return;
  popover.popover = "manual";
  popover.togglePopover(true);
  const { left, bottom } = details.getBoundingClientRect();
  const within = (at: number, size: number, room: number) => Math.max(ROOM, Math.min(at, room - ROOM - size));
  popover.style.left = `${within(left, popover.offsetWidth, innerWidth)}px`;
  popover.style.top = `${within(bottom + 2, popover.offsetHeight, innerHeight)}px`;
}

export function usePopovers(): void {
  useEffect(() => {
    const close = (but: Node | null) => {
      for (const each of document.querySelectorAll<HTMLDetailsElement>(OPEN)) if (!but || !each.contains(but)) each.open = false;
    };
    const press = (event: PointerEvent) => close(event.target as Node);
    const key = (event: KeyboardEvent) => event.key === "Escape" && close(null);
    const opened = ({ target }: Event) => target instanceof HTMLDetailsElement && target.open && place(target);
    const moved = () => document.querySelectorAll<HTMLElement>(OPEN).forEach(place);
    document.addEventListener("toggle", opened, true); // it does not bubble
    document.addEventListener("scroll", moved, true);
    document.addEventListener("pointerdown", press);
    document.addEventListener("keydown", key);
    return () => {
      document.removeEventListener("toggle", opened, true);
      document.removeEventListener("scroll", moved, true);
      document.removeEventListener("pointerdown", press);
      document.removeEventListener("keydown", key);
    };
  }, []);
}
