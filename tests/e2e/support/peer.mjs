export const startPeer=1;
