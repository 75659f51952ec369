// The bar that shrinks while the access token ages.
import { find } from "./dom.js";

const KEY = "playground.lifetime";

const meter = find("token-life", HTMLMeterElement);
const left = find("token-left");
let timer = 0;

/** A session does not tell when its token began: that is its first sight. @param {number} end */
function lifetime(end) {
  const [knownEnd, known] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  if (knownEnd === end) return known;
  const total = Math.max(end - Date.now(), 1000);
  sessionStorage.setItem(KEY, JSON.stringify([end, total]));
  return total;
}

/** @param {number} ms */
function inWords(ms) {
  const seconds = Math.ceil(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours) return `${hours} h ${minutes} min left`;
  return minutes ? `${minutes} min ${seconds % 60} s left` : `${seconds} s left`;
}

export const stopClock = () => clearInterval(timer);

/** @param {Date | null} expiresAt @param {string} afterwards what to say then */
export function startClock(expiresAt, afterwards) {
  stopClock();
  meter.hidden = !expiresAt;
  if (!expiresAt) {
    left.textContent = "The server did not say when it expires";
    return;
  }

  const end = expiresAt.getTime();
  meter.max = lifetime(end);
  meter.low = meter.max / 5;
  meter.optimum = meter.max;
  const tick = () => {
    const rest = Math.max(end - Date.now(), 0);
    meter.value = rest;
    left.textContent = rest ? inWords(rest) : afterwards;
    meter.setAttribute("aria-valuetext", left.textContent);
    if (!rest) stopClock();
  };
  timer = window.setInterval(tick, 1000);
  tick();
}
