/** Frames and curves are pulled, one question in flight: a slow browser sees fewer of them and holds up nothing. */

import type { Frame, History, Transport } from "../protocol";

/** Milliseconds between looks at a player that rests, and between two pulls of the curves. */
const RESTING = 1000;
const CURVES = 200;

export interface Frames {
  /** Something was asked of the player: look at once. */
  wake(): void;
  stop(): void;
}

export function frames(transport: Transport, show: (frame: Frame) => void, draw: (history: History) => void): Frames {
  let stopped = false;
  let pulling = false;
  let again = false;
  let drawn = { at: 0, number: NaN, step: NaN };
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function pull(): Promise<void> {
    if (pulling) {
      again = true;
      return;
    }
    pulling = true;
    clearTimeout(timer);
    let playing = false;
    try {
      const frame = await transport.get("frame");
      playing = frame.playing;
      show(frame);
      const moved = frame.number !== drawn.number || frame.step !== drawn.step;
      if (moved && (!playing || performance.now() - drawn.at > CURVES)) {
        draw(await transport.get("history"));
        drawn = { at: performance.now(), number: frame.number, step: frame.step };
      }
    } catch {
      // A lost connection is told by the host, once.
    }
    pulling = false;
    if (stopped) return;
    if (playing || again) requestAnimationFrame(() => void pull());
    else timer = setTimeout(pull, RESTING);
    again = false;
  }

  return {
    wake: () => void pull(),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
