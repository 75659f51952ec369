import { scenarios } from "./scenarios/index.mjs";
import { startWebKit } from "./support/webkit.mjs";

scenarios("WebKit", startWebKit);
