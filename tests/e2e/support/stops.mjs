// Places in a refresh at which a page can be stopped from outside, to be killed there.
import { readdirSync, readFileSync } from "node:fs";

/**
 * For the page, before it loads. The functions of the platform that a refresh goes through stop for ever where
 * `stopAt(point)` says: with a request to `signal` that keeps the page's thread until it is answered, which it never is.
 */
export function stops({ tokenEndpoint, signal }) {
  let at = "";
  // What has happened in the refresh that follows.
  let [isAnswered, isRead, isWritten] = [false, false, false];
  window.stopAt = (point) => {
    at = point;
    isAnswered = isRead = isWritten = false;
  };
  const stop = (point) => {
    if (at !== point) return;
    const request = new XMLHttpRequest();
    request.open("GET", signal, false);
    request.send();
  };
  const times = (window.times = { lockAsked: 0, lockGranted: 0, lastByte: 0, write: 0, written: 0 });

  const { request } = LockManager.prototype;
  LockManager.prototype.request = function (name, options, work) {
    stop("before the lock");
    times.lockAsked = performance.now();
    return request.call(this, name, options, (lock) => {
      times.lockGranted = performance.now();
      stop("lock held");
      return work(lock);
    });
  };

  const overNetwork = window.fetch;
  window.fetch = async (input, init) => {
    const answer = overNetwork(input, init);
    if (String(input) !== tokenEndpoint) {
      if (isWritten) stop("callers told");
      return answer;
    }
    stop("request queued");
    const response = await answer;
    isAnswered = true;
    stop("first byte");
    return response;
  };

  const { read } = ReadableStreamDefaultReader.prototype;
  ReadableStreamDefaultReader.prototype.read = async function () {
    const chunk = await read.call(this);
    if (chunk.value) times.lastByte = performance.now();
    if (isAnswered && chunk.value) stop("half the body");
    isRead ||= isAnswered && chunk.done;
    return chunk;
  };

  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (...given) {
    // The answer is parsed in the task in which the ledger is asked whether it still counts.
    if (isRead && !isWritten) stop("parsed");
    // The turn is given back with a word to the ledger.
    if (isWritten) stop("before the turn is given back");
    return open.apply(this, given);
  };

  const { setItem } = Storage.prototype;
  Storage.prototype.setItem = function (key, value) {
    if (!key.includes("space-auth:session:")) return setItem.call(this, key, value);
    times.write = performance.now();
    if (isRead) stop("before persist");
    setItem.call(this, key, value);
    times.written = performance.now();
    isWritten = isRead;
    if (isWritten) stop("after persist");
  };

  const { postMessage } = BroadcastChannel.prototype;
  BroadcastChannel.prototype.postMessage = function (message) {
    if (isWritten && message.text) stop("before broadcast");
    postMessage.call(this, message);
    if (isWritten && message.text) stop("after broadcast");
  };
}

/** The process that a page runs in: the one that has a worker's thread while the page has a worker. */
export async function processOf(page) {
  const session = await page.context().browser().newBrowserCDPSession();
  const worker = await page.evaluateHandle(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker("/worker.js");
        worker.onmessage = () => resolve(worker);
        worker.onerror = () => reject(new Error("no worker"));
      }),
  );
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const owners = processInfo.filter(({ id, type }) => type === "renderer" && hasWorker(id));
  await worker.evaluate((worker) => worker.terminate());
  await session.detach();
  if (owners.length !== 1) throw new Error(`${owners.length} processes have a worker, not one`);
  return owners[0].id;
}

/** Linux gives each thread of a process a folder, with the thread's name, of 15 characters at most, in `comm`. */
function hasWorker(id) {
  const threads = unlessEnded(() => readdirSync(`/proc/${id}/task`)) ?? [];
  return threads.some((thread) =>
    unlessEnded(() => readFileSync(`/proc/${id}/task/${thread}/comm`, "utf8"))?.startsWith("DedicatedWorker"),
  );
}

/** What is read of a process or thread, which may end at any time. */
function unlessEnded(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Kills a page's process as the system would. */
export async function kill(page, id) {
  const crashed = page.waitForEvent("crash");
  process.kill(id, "SIGKILL");
  await crashed;
}
