/** How long, in milliseconds, a page that came back waits for the one that sent it. */
const PATIENCE = 2_000;

/**
 * Hands this page's address to the page that opened its window or frame. True when that page has taken it: then this
 * one is about to go away.
 * @param {string} channelName
 * @param {string} address
 * @returns {Promise<boolean>}
 */
export async function handOver(channelName, address) {
  const channel = new BroadcastChannel(channelName);
  let timer;
  const isTaken = await new Promise((resolve) => {
    channel.onmessage = () => resolve(true);
    timer = setTimeout(() => resolve(false), PATIENCE);
    channel.postMessage(address);
  });
  clearTimeout(timer);
  channel.close();
  if (isTaken) globalThis.close();
  return isTaken;
}
