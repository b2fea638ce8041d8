/** Frames and curves are pulled, one question in flight: a slow browser sees fewer of them and holds up nothing. */

import type { Frame, History, Transport } from "../protocol";

/** Milliseconds between looks at a player that rests, or for a page that nobody sees. */
const RESTING = 1000;
/** … and between two pulls of the curves. */
export const CURVES = 200;

export interface Frames {
  /** Something was asked of the player: look at once; of a run that begins anew, for its curves too, though it stand where the last did. */
  wake(afresh?: boolean): void;
}

export function frames(transport: Transport, show: (frame: Frame) => void, draw: (history: History) => void): Frames {
  let pulling = false;
  let again = false;
  let drawn = { at: 0, number: NaN, step: NaN, loss: NaN };
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The frame that is drawn with the screen's next picture; a page that is hidden has none. */
  let drawing: { request: number; frame: Frame } | null = null;

  async function pull(): Promise<void> {
    again = pulling;
    if (pulling) return;
    pulling = true;
    clearTimeout(timer);
    // A lost connection is told by the host, once.
    const frame = await transport.get("frame").catch(() => null);
    pulling = false;
    if (!frame) timer = setTimeout(pull, RESTING);
    else if (document.hidden) settle(frame);
    else drawing = { frame, request: requestAnimationFrame(() => settle(frame)) };
  }

  /** The next frame is on its way while this one is drawn. */
  function settle(frame: Frame): void {
    drawing = null;
    if ((frame.playing && !document.hidden) || again) void pull();
    else timer = setTimeout(pull, RESTING);
    show(frame);
    const moved = frame.number !== drawn.number || frame.step !== drawn.step || frame.loss !== drawn.loss;
    if (!moved || (frame.playing && performance.now() - drawn.at < CURVES)) return;
    drawn = { at: performance.now(), number: frame.number, step: frame.step, loss: frame.loss };
    transport.get("history").then(draw, () => {});
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void pull();
    else if (drawing) {
      cancelAnimationFrame(drawing.request);
      settle(drawing.frame);
    }
  });

  return {
    wake(afresh = false) {
      if (afresh) drawn = { at: 0, number: NaN, step: NaN, loss: NaN };
      void pull();
    },
  };
}
