import { scenarios } from "./scenarios/index.mjs";
import { startFirefox } from "./support/firefox.mjs";

scenarios("Firefox", startFirefox);
