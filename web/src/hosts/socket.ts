/** The player behind a web socket: `mlnn play`. A lost connection is looked for again, ever less often; silence is told. */

import type { Transport } from "../protocol";
import { Asking } from "./asking";
import { decode, encode } from "./codec";

const FIRST = 250;
const LONGEST = 8000;
/** Milliseconds between empty messages, which the server sends back; so many without an answer are silence. */
const PULSE = 1500;
const UNANSWERED = 3;
/** The close code with which a player says that another page has it now. */
const TAKEN = 4001;
/** … that it talks to another page, which `?take` would take it from; and that this page is not its own. */
const ELSEWHERE = 4003;
const REFUSED = [ELSEWHERE, 1008];

const LOST =
  "The connection to the player is lost, and is looked for again; until then nothing can be changed here. As long as `mlnn play` runs it keeps the run; where it has ended, the run is lost but for what was taken away and for the settings in this page's address.";
const SILENT = "The player does not answer. It is waited for: as long as `mlnn play` runs it keeps the run.";
const THERE = "The player is there again.";
const ANOTHER =
  "The player has ended, and its run with it: another `mlnn play` answers here. Open the address that it printed; with what follows # in this page's address, it begins with the same settings.";

/** Whether a player answers at this address that does not know this page. */
const anothers = async () => (await fetch("/", { cache: "no-store" }).catch(() => null))?.status === 403;

/** The run is open in another tab: it may be taken over. */
export class Elsewhere extends Error {}

/** `first` asks as `address` does, perhaps to take the run from another page; when it is looked for again, nothing is taken. */
export function socket(address: string, first = address): Promise<Transport> {
  let line: WebSocket;
  let pause = FIRST;
  let closed = false;
  let unanswered = 0;
  const asking = new Asking((request) => {
    if (line.readyState !== WebSocket.OPEN) throw new Error("The player cannot be reached.");
    line.send(encode(request));
  });
  const beating = setInterval(() => {
    if (line.readyState !== WebSocket.OPEN || unanswered > UNANSWERED) return;
    if (unanswered === UNANSWERED) asking.tell("lost", SILENT);
    else line.send(new Uint8Array());
    unanswered++;
  }, PULSE);
  function heard(): void {
    if (unanswered > UNANSWERED) asking.tell("found", THERE);
    unanswered = 0;
  }
  /** Nobody is looked for any more. */
  function ended(): void {
    closed = true;
    clearInterval(beating);
  }
  const transport = asking.transport(() => {
    ended();
    line.close();
  });
  return new Promise((resolve, reject) => {
    let met = false;
    function connect(): void {
      line = new WebSocket(met ? address : first);
      line.binaryType = "arraybuffer";
      line.onopen = () => {
        pause = FIRST;
        unanswered = 0;
        if (met) asking.tell("found", THERE);
        met = true;
        resolve(transport);
      };
      line.onmessage = ({ data }: { data: ArrayBuffer }) => {
        heard();
        if (data.byteLength) asking.heard(decode(data));
      };
      line.onclose = ({ code, reason }) => {
        const kind = code === ELSEWHERE || code === TAKEN ? Elsewhere : Error;
        const refused = new kind(reason || "The player refused this page. Open the address that `mlnn play` printed.");
        const lost = new Error("The connection to the player was lost before it answered.");
        asking.fail(code === TAKEN || REFUSED.includes(code) ? refused : lost);
        if (closed) return;
        if (code === TAKEN || REFUSED.includes(code)) ended();
        if (code === TAKEN) return asking.tell("taken", reason || "Another page has this player now. Reload the page to be asked whether to use it here.");
        if (REFUSED.includes(code)) return met ? asking.tell("taken", refused.message) : reject(refused);
        if (met) {
          asking.tell("lost", LOST);
          void anothers().then((is) => {
            if (!is || closed) return;
            ended();
            asking.tell("taken", ANOTHER);
          });
        } else if (pause >= LONGEST) {
          ended();
          return reject(new Error("No player answers at this address. Is `mlnn play` still running?"));
        }
        setTimeout(() => closed || connect(), pause);
        pause = Math.min(2 * pause, LONGEST);
      };
    }
    connect();
  });
}
