/**
 * How long, in milliseconds, a page that came back waits for the one that sent it, which may be busy; and how often it
 * speaks up meanwhile: a channel may not hear at once.
 */
const PATIENCE = 10_000;
const AGAIN = 250;

/**
 * Hands this page's address to the page that opened its window or frame. True when that page has taken it: then this
 * one is about to go away.
 * @param {string} channelName
 * @param {string} address
 * @returns {Promise<boolean>}
 */
export async function handOver(channelName, address) {
  const channel = new BroadcastChannel(channelName);
  const say = () => channel.postMessage(address);
  const again = setInterval(say, AGAIN);
  const isTaken = await new Promise((resolve) => {
    channel.onmessage = ({ data }) => data === null && resolve(true);
    setTimeout(() => resolve(false), PATIENCE);
    say();
  });
  clearInterval(again);
  channel.close();
  if (isTaken) globalThis.close();
  return isTaken;
}
