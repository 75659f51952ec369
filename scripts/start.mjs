// Sets up, builds, and opens the playground on its embedded authorization server.

import "./build.mjs";

const { serve } = await import("../www/serve.mjs");
const { url, server } = await serve();
console.log(`
  The playground           ${url}
  Its authorization server ${server.url}

  Log in as alice with alice-password, or as bob with bob-password. Ctrl+C stops both.
`);
