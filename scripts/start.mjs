// Sets up, builds, and opens the playground on its embedded authorization server.

import "./build.mjs";

const { serve } = await import("../www/serve.mjs");
const { url, server } = await serve();
console.log(`
  The playground           ${url}
  Its authorization server ${server.url}

  There, one click signs in as Alice or Bob. Ctrl+C stops both.
`);
