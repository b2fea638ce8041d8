/** The room that an element has, as it changes. */

import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** A ref for the element, and its width in pixels; `first` until it is drawn. */
export function useRoom(first: number): [RefObject<HTMLDivElement | null>, number] {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(first);
  useEffect(() => {
    const watcher = new ResizeObserver(([{ contentRect }]) => setWidth(contentRect.width));
    watcher.observe(host.current!);
    return () => watcher.disconnect();
  }, []);
  return [host, width];
}
